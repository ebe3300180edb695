"""Non-maximum suppression."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Thresholds

Boxes = NDArray[np.float64]
"""(N, 4) float64, x y w h in pixels."""

_FIRST = 128
"""Candidates looked at first. OpenCV compares each with all that were kept, at some 8 ns: 8,400 that all stay
would take 0.5 s, and only the best `max_detections` of them are wanted."""


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
    if len(boxes) <= _FIRST:
        return _kept(boxes, scores, classes, thresholds)
    return _kept_of_many(boxes, scores, classes, thresholds)


def best(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int64], thresholds: Thresholds
) -> NDArray[np.int64]:
    """The best `max_detections`, however much they overlap; as `suppress`."""
    return np.argsort(-scores, kind="stable")[: thresholds.max_detections]


def _kept_of_many(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int64], thresholds: Thresholds
) -> NDArray[np.int64]:
    """What is kept of the best does not depend on the rest: enough is enough."""
    order = np.argsort(-scores, kind="stable")
    seen = _FIRST
    while True:
        best = order[:seen]
        kept = best[_kept(boxes[best], scores[best], classes[best], thresholds)]
        if len(kept) == thresholds.max_detections or seen >= len(order):
            return kept
        seen *= 4


def _kept(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int64], thresholds: Thresholds
) -> NDArray[np.int64]:
    if len(boxes) < 2:
        return np.arange(len(boxes))
    import cv2  # Here, so that the API, which only asks heads what they read, does without it.

    # Its stubs ask for lists, which would cost more than the suppression.
    suppressed: Any = cv2.dnn.NMSBoxesBatched
    kept = suppressed(boxes, scores, classes.astype(np.int32), 0.0, thresholds.nms_iou)
    return np.asarray(kept, np.int64)[: thresholds.max_detections]
