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

LARGEST_OWN_PIXELS = 16_000_000
"""Of an image in its own size, padding included: 192 MB as float32, and the layers of a net take many times
that."""


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
    def row_shape(self) -> tuple[int, ...] | None:
        """Of one image in the input tensor, in the manifest's layout; None when it is the image's own."""
        return self._input.row_shape(self._input.size) if self._input.size else None

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self._input.dtype)

    def rows_in(self, bytes: int) -> int:
        """How many rows take up as many bytes; at least 1, and no more when each has its own size."""
        if self.row_shape is None:
            return 1
        return max(1, bytes // (math.prod(self.row_shape) * self.dtype.itemsize))

    def fill(self, row: Tensor, image: Pixels) -> Projection:
        """Put an image into a row: resized, in the model's colours, layout, range and dtype.

        Args:
            row: of `row_shape` and the manifest's dtype, contiguous; every element is written.
            image: (H, W, 3) uint8 RGB.

        Raises:
            ImageError: `model-error`: resize is `none` and the image has another size, or it is
                `short-side-crop` and next to nothing of so long an image would be seen.
        """
        projection = self._project(image)
        self._put(row, image, projection)
        return projection

    def tensor_of(self, image: Pixels) -> tuple[Tensor, Projection]:
        """An image in a tensor of its own, (1, …).

        Raises:
            ImageError: as `fill`; also `model-error`: the size is open and the image too large for that.
        """
        projection = self._project(image)
        tensor = np.empty((1, *self._input.row_shape(projection.size)), self.dtype)
        self._put(tensor[0], image, projection)
        return tensor, projection

    def _project(self, image: Pixels) -> Projection:
        height, width, _ = image.shape
        wanted = self._input
        size = wanted.size or _padded((height, width), wanted.multiple_of)
        projection = project((height, width), size, wanted.resize, wanted.short_side)
        _refuse_unfit(projection, wanted)
        return projection

    def _put(self, row: Tensor, image: Pixels, projection: Projection) -> None:
        self._write(row, self._in_colour(_placed(image, projection, self._input.pad)))

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
    (height, width), (needed_height, needed_width) = projection.original, projection.size
    if wanted.size is None and needed_height * needed_width > LARGEST_OWN_PIXELS:
        raise ImageError(
            MODEL_ERROR,
            f"An image of {width} x {height} pixels is too large to be judged in its own size: send one of at"
            f" most {LARGEST_OWN_PIXELS:,} pixels, or give the manifest a size and a resize.",
        )
    if wanted.size is not None and wanted.resize == "none" and projection.original != wanted.size:
        raise ImageError(
            MODEL_ERROR,
            f"The model takes images of {needed_width} x {needed_height} pixels as they are (resize: none),"
            f" this one has {width} x {height}: send that size or choose another resize in the manifest.",
        )
    # Resized before it is cropped, a line of 1 x 60,000,000 pixels would fill the memory.
    longest = max(LARGEST_OWN_PIXELS, LONGEST_CROPPED * math.prod(projection.size))
    if math.prod(projection.resized) > longest:
        raise ImageError(
            MODEL_ERROR,
            f"An image of {width} x {height} pixels is too long to be cropped to {needed_width} x"
            f" {needed_height}: cut it, or choose a letterbox in the manifest.",
        )


def _padded(original: tuple[int, int], multiple_of: int) -> tuple[int, int]:
    height, width = original
    return height + -height % multiple_of, width + -width % multiple_of


def _of_channels(values: list[float], wanted: Input) -> NDArray[np.float32]:
    """One value per channel, shaped to multiply a row; one element where they are all the same (faster)."""
    row = np.array(values[: wanted.channels], np.float32)
    if len(set(row.tolist())) == 1:
        return row[:1]
    return row[:, None, None] if wanted.layout == "NCHW" else row


def _placed(image: Pixels, projection: Projection, pad: int) -> Pixels:
    """The image resized and set into the input: with a border, cropped, or as it is."""
    resized = _resized(image, projection)
    if projection.resized == projection.size:
        return resized
    seen, shown = zip(
        _windows(projection.top, projection.resized[0], projection.size[0]),
        _windows(projection.left, projection.resized[1], projection.size[1]),
        strict=True,
    )
    if resized[seen].shape[:2] == projection.size:
        return resized[seen]
    canvas = np.full((*projection.size, 3), pad, np.uint8)
    canvas[shown] = resized[seen]
    return canvas


def _windows(offset: int, length: int, within: int) -> tuple[slice, slice]:
    """Along one axis, what is seen of the resized image, and where in the input that is."""
    first, end = max(0, -offset), min(length, within - offset)
    return slice(first, end), slice(first + offset, end + offset)


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
