"""Masks that models give object by object: over its box, or pasted into the whole input."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest
from umbra.core.masks import InstanceMasks
from umbra.core.runs import Runs
from umbra.onnx.heads.activation import ACTIVATIONS, Probabilities
from umbra.onnx.heads.found import Found, Kept, kept
from umbra.onnx.heads.instances import instance_masks, pixels_touched
from umbra.onnx.heads.probabilities import refuse_improbable
from umbra.onnx.heads.resampling import Cells, exceeding, view, x_first
from umbra.onnx.heads.suppression import best
from umbra.onnx.projection import Corners, Projection

ACTIVATION: Final = ("none", "sigmoid")
"""Choices of an option: masks are probabilities, or their logits."""

LEVEL: Final = 0.5
"""The probability that a pixel of an object exceeds."""

_BEYOND: Final = 2
"""Pixels of the input that a pasted mask reaches beyond its box at most: boxes are rounded there."""


def masks_of_boxes(
    found: Found,
    masks: NDArray[Any],
    activation: str,
    manifest: Manifest,
    projections: Sequence[Projection],
) -> list[InstanceMasks]:
    """Of each image the best objects.

    Args:
        masks: (N, K, h, w), as large as the input when they are pasted.
        activation: one of `ACTIVATION`.

    Raises:
        Refused: a class has no label; a score, or a number in a mask, is no probability.
    """
    each = kept(found, manifest, projections, best)
    return [
        _of_one_image(one, found, masks[image], activation, projections[image])
        for image, one in enumerate(each)
    ]


def _of_one_image(
    one: Kept,
    found: Found,
    masks: NDArray[Any],
    activation: str,
    projection: Projection,
) -> InstanceMasks:
    rows, corners = found.rows[one.places], _in_original(found.corners[one.places], projection)
    mask_of = _of_whole_input if masks.shape[1:] == projection.size else _of_box

    def mask(number: int) -> Runs:
        # One by one: of a hundred masks of the whole input each has some megabytes.
        probabilities = ACTIVATIONS[activation](masks[rows[number]])
        refuse_improbable(probabilities)
        return mask_of(probabilities, corners[number], projection)

    return instance_masks(one.detections, mask, projection)


def _of_box(mask: Probabilities, corners: Corners, projection: Projection) -> Runs:
    """Nothing is beyond the box: cells of 0 surround it."""
    rows, columns = mask.shape
    x1, y1, x2, y2 = corners.tolist()
    cells = _over(x1, x2, columns), _over(y1, y2, rows)
    part = pixels_touched(corners, projection.original)
    return exceeding(LEVEL, x_first(np.pad(mask, 1)), cells, part, projection.original[0])


def _of_whole_input(mask: Probabilities, corners: Corners, projection: Projection) -> Runs:
    seen = view(projection, mask.shape)
    beyond = np.array([-1, -1, 1, 1]) * _BEYOND / np.tile(projection.scale, 2)
    part = pixels_touched(corners + beyond, projection.original)
    return exceeding(LEVEL, x_first(mask), (seen.across, seen.down), part, projection.original[0])


def _over(low: float, high: float, cells: int) -> Cells:
    """One axis of cells over a box, with one more before and behind."""
    step = cells / (high - low)
    return Cells(step, (0.5 - low) * step + 0.5, 0, cells + 1)


def _in_original(corners: Corners, projection: Projection) -> Corners:
    """Not cut at its edges: a mask is that of the whole box."""
    offset = (projection.left, projection.top)
    back: Corners = (corners - np.tile(offset, 2)) / np.tile(projection.scale, 2)
    return back
