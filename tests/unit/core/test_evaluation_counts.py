"""Figures of images that count several times, against those of images that are there several times."""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.evaluation_counts import WeighedLabels, WeighedPixels
from umbra.core.evaluation_labels import Classified, classification_figures
from umbra.core.evaluation_objects import Floats
from umbra.core.evaluation_pixels import PixelCounts, pixel_figures
from umbra.core.resampling import once

T = TypeVar("T")
LABELS = ["a", "b", "c"]
sets = st.frozensets(st.sampled_from("abc"), max_size=2)
classified = st.builds(lambda there, said: Classified(there, dict.fromkeys(said, 0.5)), sets, sets)
counters: st.SearchStrategy[Counter[str]] = st.dictionaries(
    st.sampled_from("abc"), st.integers(1, 50), max_size=3
).map(Counter)
pixels = st.builds(
    lambda truth, said, right, more: PixelCounts(
        Counter({label: min(truth[label], said[label]) for label in truth if said[label]}),
        truth,
        said,
        right,
        right + more,
    ),
    counters,
    counters,
    st.integers(0, 50),
    st.integers(0, 50),
)
counts = st.integers(0, 3)


@given(st.lists(st.tuples(classified, counts), max_size=6))
def test_classification(images: list[tuple[Classified, int]]) -> None:
    weights = np.array([count for _, count in images], np.int32).reshape(1, -1)

    found = WeighedLabels.of([image for image, _ in images], LABELS).samples(weights)

    expected = classification_figures([image for image, count in images for _ in range(count)], LABELS)
    assert one(found.figures["accuracy"]) == expected.accuracy
    assert one(found.figures["macro_f1"]) == pytest.approx(expected.macro_f1)
    f1 = {label.label: label.f1 for label in expected.labels}
    assert {label: one(values) for label, values in found.labels.items()} == pytest.approx(f1)


@given(st.lists(st.tuples(pixels, counts), max_size=6))
def test_semantic_segmentation(images: list[tuple[PixelCounts, int]]) -> None:
    weights = np.array([count for _, count in images], np.int32).reshape(1, -1)

    found = WeighedPixels.of([image for image, _ in images], LABELS).samples(weights)

    expected = pixel_figures([image for image, count in images for _ in range(count)], LABELS)
    assert one(found.figures["miou"]) == pytest.approx(expected.miou)
    assert one(found.figures["pixel_accuracy"]) == pytest.approx(expected.pixel_accuracy)
    iou = {label.label: label.iou for label in expected.labels}
    assert {label: one(values) for label, values in found.labels.items()} == pytest.approx(iou)


@given(st.lists(st.tuples(classified, pixels, st.booleans()), max_size=6))
def test_some_images_alone(images: list[tuple[Classified, PixelCounts, bool]]) -> None:
    kept = np.array([keep for *_, keep in images], bool)
    labels, counted = [image for image, _, _ in images], [image for _, image, _ in images]

    def alone(sides: Iterable[T]) -> list[T]:
        return [side for side, keep in zip(sides, kept, strict=True) if keep]

    for of, by_itself in (
        (WeighedLabels.of(labels, LABELS), WeighedLabels.of(alone(labels), LABELS)),
        (WeighedPixels.of(counted, LABELS), WeighedPixels.of(alone(counted), LABELS)),
    ):
        some = once(int(kept.sum()))
        assert repr(of.only(kept).samples(some)) == repr(by_itself.samples(some))


def one(values: Floats) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])
