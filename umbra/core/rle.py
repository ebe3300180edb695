"""COCO's run-length encoding of masks, read without trusting it.

A mask of thirty million pixels is mostly a few thousand runs, so it is never held as pixels. Whoever wrote a
record may have written anything; the usual library loops for minutes on some texts that are no encoding.

The format: https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c
"""

import numpy as np
from numpy.typing import NDArray

Runs = NDArray[np.int64]
"""(2R,) ascending: by turns the pixel a run begins with, and the first one behind it. Pixels are counted
column by column: (x, y) of an image of height H is x * H + y."""

_FIRST_CHARACTER = 48
_DIGIT, _SIGN, _MORE = 0x1F, 0x10, 0x20
_MOST_DIGITS = 7
"""35 bits: images have fewer pixels."""


def decode(height: int, width: int, text: str) -> Runs:
    """The runs of a compressed encoding.

    Raises:
        ValueError: it is not one of a mask of this size; the text says why.
    """
    counts = _counts(np.frombuffer(text.encode(), np.uint8).astype(np.int64))
    if (counts < 0).any():
        raise ValueError("a run has a negative length")
    edges = np.cumsum(counts)
    covered = int(edges[-1]) if len(edges) else 0
    if covered != height * width:
        raise ValueError(f"its runs cover {covered} pixels, the mask has {height} x {width}")
    return edges[: len(edges) // 2 * 2]


def area(runs: Runs) -> int:
    """Pixels."""
    return int((runs[1::2] - runs[::2]).sum())


def intersection(a: Runs, b: Runs) -> int:
    """Pixels in both."""
    if not len(a) or not len(b):
        return 0
    below = _pixels_below(b, a)
    return int((below[1::2] - below[::2]).sum())


def bounding_box(runs: Runs, height: int) -> tuple[float, float, float, float]:
    """x, y, width, height of the pixels; nothing at all has no area.

    Args:
        height: of the mask.
    """
    starts, ends = runs[::2], runs[1::2]
    there = ends > starts
    if not there.any():
        return 0.0, 0.0, 0.0, 0.0
    starts, lasts = starts[there], ends[there] - 1
    left, right = int(starts[0]) // height, int(lasts[-1]) // height
    # A run that goes on in the next column has touched both edges.
    spans = bool((starts // height != lasts // height).any())
    top = 0 if spans else int((starts % height).min())
    bottom = height - 1 if spans else int((lasts % height).max())
    return float(left), float(top), float(right - left + 1), float(bottom - top + 1)


def iou(a: Runs, b: Runs) -> float:
    """Intersection over union, in [0, 1]; 0 when both are empty."""
    shared = intersection(a, b)
    return shared / (area(a) + area(b) - shared) if shared else 0.0


def _counts(characters: NDArray[np.int64]) -> NDArray[np.int64]:
    """The lengths of unset and set runs by turns, beginning with unset."""
    digits = characters - _FIRST_CHARACTER
    if ((digits < 0) | (digits > _DIGIT + _MORE)).any():
        raise ValueError("it has a character that does not belong there")
    last = np.flatnonzero((digits & _MORE) == 0)
    if len(digits) and (not len(last) or last[-1] != len(digits) - 1):
        raise ValueError("it is cut off")
    counts = _numbers(digits, last)
    # From the fourth on, each is the difference to the one two before it.
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts


def _numbers(digits: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Little-endian base 32 with the sign in the last digit.

    Args:
        last: the index of each number's last digit.
    """
    if not len(last):
        return np.empty(0, np.int64)
    first = np.append(0, last[:-1] + 1)
    lengths = last - first + 1
    if lengths.max() > _MOST_DIGITS:
        raise ValueError("a run is longer than any image")
    place = np.arange(len(digits)) - np.repeat(first, lengths)
    numbers = np.add.reduceat((digits & _DIGIT) << (5 * place), first)
    negative = (digits[last] & _SIGN) != 0
    numbers[negative] -= np.int64(1) << (5 * lengths[negative])
    return numbers


def _pixels_below(runs: Runs, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many pixels of a mask lie below each place."""
    whole = np.append(0, np.cumsum(runs[1::2] - runs[::2]))
    edge = np.searchsorted(runs, places, side="right")
    inside = edge % 2 == 1
    below = whole[edge // 2]
    below[inside] += places[inside] - runs[edge[inside] - 1]
    return below
