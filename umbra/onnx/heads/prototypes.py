"""Masks as sums of prototypes, as YOLACT has them: https://arxiv.org/abs/1904.02689.

An object's mask is where the sum of the prototypes by its coefficients is positive. The sum is brought to the
pixels of the original, then cut to the object's box, as `process_mask_native` of Ultralytics does it
(`retina_masks=True`). Ultralytics rounds the border of a letterbox to whole cells of the prototypes; here it
is where it is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.core.masks import InstanceMasks
from umbra.core.runs import Runs
from umbra.onnx.heads.found import Kept
from umbra.onnx.heads.instances import instance_masks, pixels_of_box
from umbra.onnx.heads.layout import IMAGES, Layout
from umbra.onnx.heads.resampling import exceeding, view, x_first
from umbra.onnx.projection import Projection

PROTOTYPES = Layout((IMAGES, "coefficients", "rows", "columns"))


def masks_of_prototypes(
    each: Sequence[Kept],
    coefficients: Sequence[NDArray[Any]],
    prototypes: NDArray[Any],
    projections: Sequence[Projection],
) -> list[InstanceMasks]:
    """Of each image the objects with their masks.

    Args:
        coefficients: per image (K, M), of each object.
        prototypes: (N, M, h, w), over the whole input.
    """
    return [_of_one_image(*one) for one in zip(each, coefficients, prototypes, projections, strict=True)]


def _of_one_image(
    kept: Kept,
    coefficients: NDArray[Any],
    prototypes: NDArray[Any],
    projection: Projection,
) -> InstanceMasks:
    count, rows, columns = prototypes.shape
    seen = view(projection, (rows, columns))
    sums = coefficients.astype(np.float32) @ x_first(prototypes).reshape(count, -1)
    maps = sums.reshape(-1, columns, rows)

    def mask(number: int) -> Runs:
        part = pixels_of_box(kept.corners[number], projection.original)
        return exceeding(0.0, maps[number], (seen.across, seen.down), part, projection.original[0])

    return instance_masks(kept.detections, mask, projection)
