"""Which box or mask of one model is the same object as which of another."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from umbra.core import runs
from umbra.core.runs import Runs

MATCH_IOU = 0.5
"""Boxes that overlap less are never the same object."""

Boxes = NDArray[np.float64]
"""(N, 4) x y w h in pixels of the original image."""
FloatMatrix = NDArray[np.float64]
Match = tuple[int, int, float]
"""Index into the first boxes, index into the second, their IoU."""
WireBoxes = Sequence[Sequence[float]]
"""N of x y w h: boxes as they come off the wire."""

_FEW = 400
"""Box pairs up to which plain Python beats the fixed cost of a dozen numpy calls (measured)."""


def iou_matrix(a: Boxes, b: Boxes) -> FloatMatrix:
    """Intersection over union of every box of `a` with every box of `b`.

    Args:
        a: (N, 4) float, x y w h, pixels of the original image.
        b: (M, 4), the same.

    Returns:
        (N, M) float in [0, 1]; (0, M) when `a` is empty. A box of zero area overlaps nothing.
    """
    ends = np.minimum(_ends(a)[:, None], _ends(b)[None])
    sides: FloatMatrix = np.maximum(ends - np.maximum(a[:, None, :2], b[None, :, :2]), 0.0)
    shared = sides[..., 0] * sides[..., 1]
    joined = _areas(a)[:, None] + _areas(b)[None] - shared
    return np.divide(shared, joined, out=np.zeros_like(shared), where=shared > 0)


def match(a: WireBoxes, b: WireBoxes) -> list[Match]:
    """The one-to-one pairs of boxes whose total IoU is largest, none under MATCH_IOU.

    Returns:
        By growing index into `a`; empty when `a` or `b` is.
    """
    overlaps = _few_overlaps(a, b) if len(a) * len(b) <= _FEW else _many_overlaps(a, b)
    return one_to_one(overlaps, len(a), len(b))


def match_masks(a: Sequence[Runs], b: Sequence[Runs]) -> list[Match]:
    """As `match`, of masks of one image."""
    areas_a, areas_b = [list(map(runs.area, masks)) for masks in (a, b)]
    overlaps: list[Match] = []
    for i, j in product(range(len(a)), range(len(b))):
        # Most pairs are apart, or so different in size that they cannot overlap enough.
        if _are_apart(a[i], b[j]) or min(areas_a[i], areas_b[j]) < MATCH_IOU * max(areas_a[i], areas_b[j]):
            continue
        if (iou := runs.iou(a[i], b[j])) >= MATCH_IOU:
            overlaps.append((i, j, iou))
    return one_to_one(overlaps, len(a), len(b))


def one_to_one(overlaps: list[Match], rows: int, columns: int) -> list[Match]:
    """Of these pairs those whose total IoU is largest while nothing is in two.

    Args:
        rows, columns: how many there are on either side.
    """
    # Nearly always nothing competes, and the overlaps are the assignment.
    if len({i for i, _, _ in overlaps}) == len(overlaps) == len({j for _, j, _ in overlaps}):
        return overlaps
    return _assign(overlaps, rows, columns)


def _are_apart(a: Runs, b: Runs) -> bool:
    return not len(a) or not len(b) or bool(a[-1] <= b[0] or b[-1] <= a[0])


def _assign(overlaps: list[Match], rows: int, columns: int) -> list[Match]:
    # Imported here: it is half a second and a package that most who import this module never need.
    from scipy.optimize import linear_sum_assignment

    # A forbidden pair weighs nothing, so the optimum holds it only where there was nothing to win.
    weights = np.zeros((rows, columns))
    for i, j, iou in overlaps:
        weights[i, j] = iou
    chosen = linear_sum_assignment(weights, maximize=True)
    pairs = set(zip(*(indices.tolist() for indices in chosen), strict=True))
    return [overlap for overlap in overlaps if overlap[:2] in pairs]


def _many_overlaps(a: WireBoxes, b: WireBoxes) -> list[Match]:
    iou = iou_matrix(_boxes(a), _boxes(b))
    rows, columns = np.nonzero(iou >= MATCH_IOU)
    return list(zip(rows.tolist(), columns.tolist(), iou[rows, columns].tolist(), strict=True))


def _few_overlaps(a: WireBoxes, b: WireBoxes) -> list[Match]:
    """The same numbers as `_many_overlaps`, operation for operation."""
    others = [(j, x, y, x + w, y + h, ((x + w) - x) * ((y + h) - y)) for j, (x, y, w, h) in enumerate(b)]
    found: list[Match] = []
    for i, (x, y, w, h) in enumerate(a):
        right, bottom = x + w, y + h
        area = (right - x) * (bottom - y)
        for j, other_x, other_y, other_right, other_bottom, other_area in others:
            if other_x >= right or x >= other_right or other_y >= bottom or y >= other_bottom:
                continue
            width, height = (
                min(right, other_right) - max(x, other_x),
                min(bottom, other_bottom) - max(y, other_y),
            )
            shared = width * height if width > 0 and height > 0 else 0.0
            if shared and (iou := shared / (area + other_area - shared)) >= MATCH_IOU:
                found.append((i, j, iou))
    return found


def _boxes(boxes: WireBoxes) -> Boxes:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _ends(boxes: Boxes) -> Boxes:
    return boxes[:, :2] + boxes[:, 2:]


def _areas(boxes: Boxes) -> NDArray[np.float64]:
    # Of the same rounded corners as what is shared: else a box far out would share more than it has.
    areas: NDArray[np.float64] = (_ends(boxes) - boxes[:, :2]).prod(axis=1)
    return areas
