"""Where an original image lies in the model's input, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Resize

Corners = NDArray[np.float64]
"""(N, 4) float64, x1 y1 x2 y2 in pixels; a pixel's left edge is its integer."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The original, resized and put at an offset, is the model's input: `model = original * scale + offset`.

    Attributes:
        original: height, width of the image.
        resized: height, width it is resized to.
        left, top: of the resized image in the input, in pixels; negative when it is cropped there.
        size: height, width of the input; the same for all images of a run.
    """

    original: tuple[int, int]
    resized: tuple[int, int]
    left: int
    top: int
    size: tuple[int, int]

    @property
    def scale(self) -> tuple[float, float]:
        """x, y. Of each axis by itself: the resized size is whole pixels, so the two differ a little."""
        return self.resized[1] / self.original[1], self.resized[0] / self.original[0]


def to_originals(corners: Corners, images: NDArray[np.intp], projections: Sequence[Projection]) -> Corners:
    """Corners of many images in the model's input, as they lie in their originals, cut at the edges.

    Args:
        corners: (N, 4), x1 y1 x2 y2.
        images: (N,), the index in `projections` of each one's image.
    """
    # x and y twice, so that a box is a row of four to numpy: (N, 2, 2) would take twice the time.
    rows = np.array([(*p.scale * 2, *(p.left, p.top) * 2, *p.original[::-1] * 2) for p in projections])
    each = rows if len(rows) == 1 else rows[images]
    scale, offset, width_height = each[:, :4], each[:, 4:8], each[:, 8:]

    # Not np.clip, which does the same in twice the time.
    inside: Corners = np.minimum(np.maximum((corners - offset) / scale, 0.0), width_height)
    return inside


def project(
    original: tuple[int, int], size: tuple[int, int], resize: Resize, short_side: int | None = None
) -> Projection:
    """How an image is put into an input.

    Args:
        original, size: height, width of the image and of the input.
        resize: `letterbox-*` keeps the aspect ratio and leaves a border, `short-side-crop` keeps it and loses
            the ends of the longer side, `stretch` does not keep it, `none` leaves the image as it is.
        short_side: of `short-side-crop`: what the shorter side becomes; None: as much as fills the input.
    """
    height, width = _resized(original, size, resize, short_side)
    if resize in ("letterbox-top-left", "stretch", "none"):
        return Projection(original, (height, width), 0, 0, size)
    return Projection(original, (height, width), _centred(width, size[1]), _centred(height, size[0]), size)


def _resized(
    original: tuple[int, int], size: tuple[int, int], resize: Resize, short_side: int | None
) -> tuple[int, int]:
    if resize == "none":
        return original
    if resize == "stretch":
        return size
    if resize == "short-side-crop":
        return _covering(original, size if short_side is None else (short_side, short_side))
    ratio = min(size[0] / original[0], size[1] / original[1])
    return max(1, round(original[0] * ratio)), max(1, round(original[1] * ratio))


def _covering(original: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """As torchvision's `Resize`: one side as long as it must be, the other in proportion, rounded down."""
    (height, width), (least_height, least_width) = original, size
    if width * least_height <= height * least_width:
        return max(least_height, height * least_width // width), least_width
    return least_height, max(least_width, width * least_height // height)


def _centred(length: int, within: int) -> int:
    """The odd pixel of a border goes right and down, as Ultralytics and torchvision do it; that of a crop as
    Python rounds a half, which is what torchvision's `CenterCrop` does."""
    return (within - length) // 2 if length <= within else -round((length - within) / 2)
