"""Objects and where each of them is, as masks of the original image."""

from collections.abc import Callable
from math import ceil

import numpy as np
from numpy.typing import NDArray

from umbra.core.detections import Detections
from umbra.core.masks import InstanceMasks
from umbra.core.runs import Runs
from umbra.onnx.projection import Projection

Part = tuple[range, range]
"""Columns and rows of an original."""


def instance_masks(
    detections: Detections, mask: Callable[[int], Runs], projection: Projection
) -> InstanceMasks:
    """Detections with their masks, one after the other; those of which nothing is seen are dropped.

    Args:
        mask: the number of a detection to its mask.
    """
    masks = [mask(number) for number in range(len(detections))]
    seen = np.array([number for number, runs in enumerate(masks) if len(runs)], np.intp)
    return InstanceMasks(
        projection.original,
        tuple(masks[number] for number in seen.tolist()),
        detections.scores[seen],
        detections.classes[seen],
    )


def pixels_of_box(corners: NDArray[np.float64], original: tuple[int, int]) -> Part:
    """The pixels whose left and upper edges lie in a box, those that Ultralytics cuts masks to.

    Args:
        corners: (4,) x1 y1 x2 y2 in pixels of the original; they may lie beyond its edges.
    """
    x1, y1, x2, y2 = corners.tolist()
    height, width = original
    return _between(x1, x2, width), _between(y1, y2, height)


def pixels_touched(corners: NDArray[np.float64], original: tuple[int, int]) -> Part:
    """The pixels that a box covers, or a part of them; as `pixels_of_box`."""
    return pixels_of_box(np.concatenate((np.floor(corners[:2]), np.ceil(corners[2:]))), original)


def _between(low: float, high: float, length: int) -> range:
    start = max(0, ceil(low))
    return range(start, max(start, min(ceil(high), length)))
