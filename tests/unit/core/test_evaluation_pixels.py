from typing import Any

import numpy as np
import pytest
from faster_coco_eval import mask
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.evaluation_pixels import PixelCounts, image_pixels, pixel_figures

Drawn = list[str]
"""Rows of a class map: `.` nothing, letters labels."""


def masks(rows: Drawn) -> dict[str, list[Any]]:
    pixels = np.array([list(row) for row in rows])
    return {
        label: [mask.encode(np.asfortranarray(pixels == label, np.uint8))]
        for label in sorted({*pixels.flat} - {"."})
    }


def counts(truth: Drawn, said: Drawn) -> PixelCounts:
    return image_pixels(masks(truth), masks(said), (len(truth), len(truth[0])))


def test_without_an_image_there_is_no_figure() -> None:
    found = pixel_figures([], ["a"])

    assert (found.miou, found.pixel_accuracy, found.labels) == (None, None, [])
    assert image_pixels({}, {}, None) == PixelCounts()
    assert image_pixels({}, {}, (2, 3)) == PixelCounts(right=6, total=6)


def test_pixels_are_pooled_over_images() -> None:
    found = pixel_figures([counts(["aab."], ["aabb"]), counts(["bbbb"], ["bbab"])], ["a", "b", "c"])

    assert [(label.label, label.iou) for label in found.labels] == [("a", 2 / 3), ("b", 4 / 6)]
    assert found.miou == pytest.approx(2 / 3)
    assert found.pixel_accuracy == 6 / 8


def test_an_image_without_a_prediction_is_all_missed() -> None:
    found = pixel_figures([counts(["ab.."], ["...."])], ["a", "b"])

    assert (found.miou, found.pixel_accuracy) == (0.0, 0.5)


def test_several_masks_of_a_label_are_one() -> None:
    left, right = masks(["aa.."])["a"][0], masks([".aaa"])["a"][0]

    assert image_pixels({"a": [left, right]}, masks(["aaaa"]), None).shared == {"a": 4}


def test_what_has_another_size_counts_nowhere() -> None:
    found = counts(["aa", "aa"], ["aaa"])

    assert (found.shared, found.truth, found.said, found.total) == ({}, {"a": 4}, {}, 4)


maps = st.lists(st.text("ab.", min_size=3, max_size=3), min_size=2, max_size=2)


@given(st.lists(st.tuples(maps, maps), min_size=1, max_size=4))
def test_figures_are_those_of_the_pixels(images: list[tuple[Drawn, Drawn]]) -> None:
    found = pixel_figures([counts(*image) for image in images], ["a", "b"])

    truth, said = (np.array([[list(row) for row in image[side]] for image in images]) for side in (0, 1))
    ious = {
        label: ((truth == label) & (said == label)).sum() / both
        for label in "ab"
        if (both := ((truth == label) | (said == label)).sum())
    }
    assert {label.label: label.iou for label in found.labels} == pytest.approx(ious)
    assert found.pixel_accuracy == pytest.approx((truth == said).mean())
