"""Pixels to one row of a model's input tensor."""

import math
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from umbra.contracts.dead_letter import MODEL_ERROR
from umbra.contracts.manifest import Input
from umbra.core.errors import ImageError
from umbra.onnx.decode import Pixels
from umbra.onnx.fit import refuse_unsound
from umbra.onnx.projection import Projection, project

Tensor = NDArray[Any]

LONGEST_CROPPED = 64
"""Resized for a crop, an image may be this many times the input."""


class Preprocess:
    """Fills rows for one manifest. Thread-safe: it keeps nothing between images."""

    def __init__(self, wanted: Input) -> None:
        """Raises:
        Refused: the manifest contradicts itself.
        """
        refuse_unsound(wanted)
        self._input = wanted
        self._factor = _of_channels([wanted.scale / std for std in wanted.std], wanted)
        self._shift = _of_channels(
            [-mean / std for mean, std in zip(wanted.mean, wanted.std, strict=True)], wanted
        )
        self._shifts = bool(self._shift.any())

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Of one image in the input tensor, in the manifest's layout."""
        return self._input.row_shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self._input.dtype)

    @property
    def row_bytes(self) -> int:
        return math.prod(self.row_shape) * self.dtype.itemsize

    def fill(self, row: Tensor, image: Pixels) -> Projection:
        """Put an image into a row: resized, in the model's colours, layout, range and dtype.

        Args:
            row: of `row_shape` and the manifest's dtype, contiguous; every element is written.
            image: (H, W, 3) uint8 RGB.

        Raises:
            ImageError: `model-error`: resize is `none` and the image has another size, or it is
                `short-side-crop` and next to nothing of so long an image would be seen.
        """
        height, width, _ = image.shape
        projection = project((height, width), self._input.size, self._input.resize)
        _refuse_unfit(projection, self._input)
        self._write(row, self._in_colour(_placed(image, projection, self._input)))
        return projection

    def _in_colour(self, image: Pixels) -> Tensor:
        """(H, W, 3) RGB to (C, H, W) or (H, W, C), a view where it can be."""
        if self._input.colour == "grey":
            grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
            return grey[None] if self._input.layout == "NCHW" else grey[..., None]
        if self._input.layout == "NHWC":
            return image if self._input.colour == "RGB" else image[..., ::-1]
        return _planes(image, self._input.colour)

    def _write(self, row: Tensor, pixels: Tensor) -> None:
        if self._input.dtype == "uint8":
            row[...] = pixels
            return
        # float16 has too few digits to compute in: 1/255 itself would be off by 5e-4 of it.
        values = row if row.dtype == np.float32 else np.empty(row.shape, np.float32)
        # Cast, then multiply in place: half the time of one multiplication from uint8 into float32.
        values[...] = pixels
        np.multiply(values, self._factor, out=values)
        if self._shifts:
            np.add(values, self._shift, out=values)
        if values is not row:
            row[...] = values


def _refuse_unfit(projection: Projection, wanted: Input) -> None:
    (height, width), (needed_height, needed_width) = projection.original, wanted.size
    if wanted.resize == "none" and projection.original != wanted.size:
        raise ImageError(
            MODEL_ERROR,
            f"The model takes images of {needed_width} x {needed_height} pixels as they are (resize: none),"
            f" this one has {width} x {height}: send that size or choose another resize in the manifest.",
        )
    # Resized before it is cropped, a line of 1 x 60,000,000 pixels would fill the memory.
    if math.prod(projection.resized) > LONGEST_CROPPED * math.prod(wanted.size):
        raise ImageError(
            MODEL_ERROR,
            f"An image of {width} x {height} pixels is too long to be cropped to {needed_width} x"
            f" {needed_height}: cut it, or choose a letterbox in the manifest.",
        )


def _of_channels(values: list[float], wanted: Input) -> NDArray[np.float32]:
    """One value per channel, shaped to multiply a row; one element where they are all the same (faster)."""
    row = np.array(values[: wanted.channels], np.float32)
    if len(set(row.tolist())) == 1:
        return row[:1]
    return row[:, None, None] if wanted.layout == "NCHW" else row


def _placed(image: Pixels, projection: Projection, wanted: Input) -> Pixels:
    """The image resized and set into the input's size: with a border, cropped, or as it is."""
    height, width = projection.resized
    left, top = projection.left, projection.top
    if projection.resized == wanted.size:
        return _resized(image, projection)
    if left < 0 or top < 0:
        resized = _resized(image, projection)
        return resized[-top : wanted.size[0] - top, -left : wanted.size[1] - left]
    canvas = np.full((*wanted.size, 3), wanted.pad, np.uint8)
    canvas[top : top + height, left : left + width] = _resized(image, projection)
    return canvas


def _resized(image: Pixels, projection: Projection) -> Pixels:
    if projection.resized == projection.original:
        return image
    height, width = projection.resized
    return cast(Pixels, cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR))


def _planes(image: Pixels, colour: str) -> Tensor:
    """(H, W, 3) RGB to (3, H, W). OpenCV splits five times faster than numpy copies a transposed view."""
    planes = np.empty((3, *image.shape[:2]), np.uint8)
    red, green, blue = planes if colour == "RGB" else planes[::-1]
    cv2.split(image, (red, green, blue))
    return planes
