"""Run-length encodings beside those of pycocotools."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from pycocotools import mask as reference

from umbra.core import rle, runs
from umbra.core.runs import Runs, area

Mask = NDArray[np.uint8]

masks = array_shapes(min_dims=2, max_dims=2, max_side=40).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 1))
)
pairs = array_shapes(min_dims=2, max_dims=2, max_side=40).flatmap(
    lambda shape: st.tuples(*[arrays(np.uint8, shape, elements=st.integers(0, 1))] * 2)
)


def encoded(mask: Mask) -> dict[str, Any]:
    found: dict[str, Any] = reference.encode(np.asfortranarray(mask))
    return found


def runs_of(mask: Mask) -> Runs:
    height, width = mask.shape
    return rle.decode(height, width, encoded(mask)["counts"].decode())


@given(masks)
def test_what_is_decoded_is_what_was_encoded(mask: Mask) -> None:
    pixels = np.zeros(mask.size, np.uint8)
    for start, end in runs_of(mask).reshape(-1, 2):
        pixels[start:end] = 1
    assert (pixels.reshape(mask.shape, order="F") == mask).all()


@given(pairs)
def test_areas_and_overlaps_are_those_of_the_reference(masks: tuple[Mask, Mask]) -> None:
    a, b = (runs_of(mask) for mask in masks)

    assert (runs.area(a), runs.intersection(a, b)) == (masks[0].sum(), (masks[0] & masks[1]).sum())
    expected = (
        0.0
        if not masks[0].any()
        else float(reference.iou([encoded(masks[0])], [encoded(masks[1])], [0])[0, 0])
    )
    assert runs.iou(a, b) == pytest.approx(expected, abs=1e-12)
    assert runs.iou(a, b) == runs.iou(b, a)


@given(masks)
def test_a_bounding_box_is_that_of_the_reference(mask: Mask) -> None:
    expected = reference.toBbox(encoded(mask)).tolist() if mask.any() else [0, 0, 0, 0]
    assert list(runs.bounding_box(runs_of(mask), len(mask))) == expected


@pytest.mark.parametrize(
    ("size", "text", "reason"),
    [
        ((2, 2), "", "cover 0 pixels"),
        ((2, 2), "5", "cover 5 pixels, the mask has 2 x 2"),
        ((2, 2), "\x00", "does not belong"),
        ((2, 2), "é", "does not belong"),
        ((2, 2), "日本", "does not belong"),
        ((2, 2), "P", "cut off"),
        ((2, 2), "4O1", "negative"),
        ((2, 2), "PPPPPPPP0", "longer than any image"),
        ((10**5, 10**5), "4", "cover 4 pixels"),
    ],
)
def test_what_is_no_encoding_is_refused(size: tuple[int, int], text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        rle.decode(*size, text)


@given(st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=60), st.integers(0, 50))
def test_whatever_is_written_is_read_or_refused(text: str, side: int) -> None:
    try:
        runs = rle.decode(side, side, text)
    except ValueError:
        return
    assert (np.diff(runs) >= 0).all()
    assert 0 <= area(runs) <= side * side
