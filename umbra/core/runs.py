"""Masks as runs of pixels, counted column by column as COCO does.

Pixel (x, y) of an image of height H has the number x * H + y. A mask of thirty million pixels is mostly a few
thousand runs, so it is never held as pixels.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Runs = NDArray[np.int64]
"""(2R,) ascending: by turns the pixel a run begins with, and the first one behind it."""

Classes = NDArray[np.int32]


def runs_of(mask: NDArray[np.bool_], left: int, top: int, height: int) -> Runs:
    """The runs of a part of an image.

    Args:
        mask: (columns, rows): x first.
        left, top: where in the image it lies.
        height: of the image.
    """
    columns, rows = mask.shape
    # A pixel that is not set before the first and behind every column: no run goes from one to the next.
    framed = np.zeros(columns * (rows + 1) + 1, np.bool_)
    framed[1:].reshape(columns, rows + 1)[:, :rows] = mask
    column, row = np.divmod(np.flatnonzero(framed[1:] != framed[:-1]), rows + 1)
    return _without_seams((left + column) * height + top + row)


def joined(parts: Sequence[Runs]) -> Runs:
    """One mask of parts that follow each other; runs that touch become one."""
    return _without_seams(np.concatenate(parts)) if parts else np.empty(0, np.int64)


def runs_by_class(starts: NDArray[np.int64], classes: Classes, end: int) -> dict[int, Runs]:
    """The runs of each class, of pixels that each have one; ascending by class.

    Args:
        starts: (S,) ascending from 0, the pixels at which the class becomes another, or stays the same.
        classes: (S,) from there on; negative ones too.
        end: behind the last pixel.
    """
    order = np.argsort(classes, kind="stable")
    both = np.stack((starts, np.append(starts[1:], end)), axis=1)[order]
    there, first = np.unique(classes[order], return_index=True)
    each = np.split(both, first[1:])
    return {number: _without_seams(runs.ravel()) for number, runs in zip(there.tolist(), each, strict=True)}


def class_starts(classes: Classes, left: int) -> tuple[NDArray[np.int64], Classes]:
    """Where in some whole columns of an image the class changes, and which it is from there on.

    Args:
        classes: (columns, height), at least one pixel.
        left: the first of these columns in the image.
    """
    flat = classes.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts = np.append(0, changes)
    return starts + left * classes.shape[1], flat[starts]


def area(runs: Runs) -> int:
    """Pixels."""
    return int((runs[1::2] - runs[::2]).sum())


def intersection(a: Runs, b: Runs) -> int:
    """Pixels in both."""
    if not len(a) or not len(b):
        return 0
    below = _pixels_below(b, a)
    return int((below[1::2] - below[::2]).sum())


def iou(a: Runs, b: Runs) -> float:
    """Intersection over union, in [0, 1]; 0 when both are empty."""
    shared = intersection(a, b)
    return shared / (area(a) + area(b) - shared) if shared else 0.0


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


def counts(runs: Runs, pixels: int) -> NDArray[np.int64]:
    """COCO's counts: the lengths of unset and set runs by turns, beginning with unset.

    Args:
        pixels: of the image.
    """
    lengths = np.diff(runs, prepend=0, append=pixels)
    return lengths[:-1] if len(lengths) > 1 and lengths[-1] == 0 else lengths


def _without_seams(edges: NDArray[np.int64]) -> Runs:
    """Without the ends of runs at which the next one begins."""
    seam = edges[1:] == edges[:-1]
    keep = np.ones(len(edges), np.bool_)
    keep[1:] &= ~seam
    keep[:-1] &= ~seam
    return edges[keep]


def _pixels_below(runs: Runs, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many pixels of a mask lie below each place."""
    whole = np.append(0, np.cumsum(runs[1::2] - runs[::2]))
    edge = np.searchsorted(runs, places, side="right")
    inside = edge % 2 == 1
    below = whole[edge // 2]
    below[inside] += places[inside] - runs[edge[inside] - 1]
    return below
