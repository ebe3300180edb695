"""Non-maximum suppression."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Thresholds

Boxes = NDArray[np.float64]
"""(N, 4) float64, x y w h in pixels."""

_FIRST = 128
"""Candidates looked at first, or `max_detections`. OpenCV compares each with all that were kept, whatever
their class, at 8 ns: 8,400 that all stay would take 0.5 s, and only `max_detections` of them are wanted."""

_FEW = 32
"""Boxes up to which that costs less than to look for those that lie alone."""


def suppress(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int64], thresholds: Thresholds
) -> NDArray[np.int64]:
    """Of boxes that overlap by more than `nms_iou`, the one with the best score.

    Args:
        classes: (N,); boxes of different classes do not suppress each other unless `class_agnostic`.

    Returns:
        (K,) indices, best score first, equal scores in the given order; K is at most `max_detections`.
    """
    if thresholds.class_agnostic:
        classes = np.zeros_like(classes)
    order = np.argsort(-scores, kind="stable")
    kept = order[:0]
    start, end = 0, max(_FIRST, thresholds.max_detections)
    # What is kept of the best does not depend on the rest: enough is enough.
    while len(kept) < thresholds.max_detections and start < len(order):
        some = np.append(kept, order[start:end])
        kept = some[_kept(boxes[some], scores[some], classes[some], thresholds.nms_iou)]
        start, end = end, 2 * end
    return kept[: thresholds.max_detections]


def best(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int64], thresholds: Thresholds
) -> NDArray[np.int64]:
    """The best `max_detections`, however much they overlap; as `suppress`."""
    return np.argsort(-scores, kind="stable")[: thresholds.max_detections]


def _kept(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int64], iou: float
) -> NDArray[np.int64]:
    """Indices of those that are kept of boxes with falling scores, in that order."""
    if len(boxes) <= _FEW:
        return _kept_by_opencv(boxes, scores, classes, iou)
    kept = _alone(boxes, classes)
    crowd = np.flatnonzero(~kept)
    kept[crowd[_kept_by_opencv(boxes[crowd], scores[crowd], classes[crowd], iou)]] = True
    return np.flatnonzero(kept)


def _alone(boxes: Boxes, classes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,): whether no other box of its class lies above, below or on a box."""
    x, width = boxes[:, 0], boxes[:, 2]
    # The classes side by side.
    starts = x + classes * (x.max() + width.max() - x.min())
    order = np.argsort(starts)
    starts, ends = starts[order], (starts + width)[order]

    apart = np.ones(len(boxes) + 1, np.bool_)
    apart[1:-1] = starts[1:] >= np.maximum.accumulate(ends)[:-1]
    alone = np.empty(len(boxes), np.bool_)
    alone[order] = apart[:-1] & apart[1:]
    return alone


def _kept_by_opencv(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int64], iou: float
) -> NDArray[np.int64]:
    if len(boxes) < 2:
        return np.arange(len(boxes))
    import cv2  # Here, so that the API, which only asks heads what they read, does without it.

    # Its stubs ask for lists, which would cost more than the suppression.
    suppressed: Any = cv2.dnn.NMSBoxesBatched
    return np.asarray(suppressed(boxes, scores, classes.astype(np.int32), 0.0, iou), np.int64)
