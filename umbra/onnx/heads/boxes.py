"""Boxes in the formats that exporters write, and in the two Umbra computes in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.onnx.heads.suppression import Boxes
from umbra.onnx.projection import Corners

Numbers = NDArray[Any]
"""(…, 4) of any real type."""

COORDINATES = ("pixels", "normalised")
"""Choices of an option: boxes in pixels of the model's input, or in 0..1 of its width and height."""


def from_corners(boxes: Numbers) -> Corners:
    """x1 y1 x2 y2, in float64."""
    return boxes.astype(np.float64)


def from_centres(boxes: Numbers) -> Corners:
    """(N, 4) cx cy w h to x1 y1 x2 y2; a negative size counts as 0."""
    # Column by column in memory: of rows of two numbers each, numpy would do one at a time.
    columns = np.ascontiguousarray(boxes.T, np.float64)
    centre, half = columns[:2], np.maximum(columns[2:], 0.0) / 2
    return np.concatenate((centre - half, centre + half)).T


def from_rows_first(boxes: Numbers) -> Corners:
    """y1 x1 y2 x2, as TensorFlow has it, to x1 y1 x2 y2."""
    return boxes[..., [1, 0, 3, 2]].astype(np.float64)


def in_pixels(corners: Corners, coordinates: str, size: tuple[int, int]) -> Corners:
    """Corners in pixels of the model's input.

    Args:
        corners: (…, 4), x1 y1 x2 y2 in `coordinates`.
        coordinates: one of `COORDINATES`.
        size: height, width of the input.
    """
    if coordinates == "pixels":
        return corners
    height, width = size
    scaled: Corners = corners * (width, height, width, height)
    return scaled


def with_size(corners: Corners) -> Boxes:
    """x1 y1 x2 y2 to x y w h."""
    return np.concatenate((corners[..., :2], corners[..., 2:] - corners[..., :2]), axis=-1)
