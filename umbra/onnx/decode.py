"""Encoded bytes to pixels. Thread-safe; OpenCV releases the GIL while it decodes.

Read: JPEG (also grey and CMYK), PNG (also palette, grey, 1 and 16 bit, with alpha), WebP, BMP, TIFF.
EXIF orientation is applied. Alpha is dropped (the colour stored under it counts), 16 bits become 8, of an
animation or a multi-page TIFF the first picture is taken. Refused: everything else, what is cut off or
damaged, floating-point TIFF.
"""

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from umbra.contracts.dead_letter import UNDECODABLE
from umbra.core.errors import ImageError
from umbra.onnx.image_header import ImageHeader, read_header
from umbra.onnx.limits import refuse_too_many_pixels

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""


def prepare_opencv() -> None:
    """Once per process, before the first image: the decode pool is the parallelism, and what OpenCV would
    print about a damaged image is in the `ImageError`."""
    cv2.setNumThreads(1)
    logging = cast(Any, cv2).utils.logging
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)


def decode(raw: bytes, max_pixels: int) -> Pixels:
    """The picture in `raw`.

    Args:
        raw: JPEG, PNG, WebP, BMP or TIFF.
        max_pixels: refused above it, from the header, before anything is allocated.

    Returns:
        (H, W, 3) uint8 RGB, EXIF orientation applied.

    Raises:
        ImageError: `undecodable` or `too-many-pixels`.
    """
    header = read_header(raw)
    refuse_too_many_pixels(header, max_pixels)
    try:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error as err:
        raise _undecodable(header, raw) from err
    if image is None:
        raise _undecodable(header, raw)
    return cast(Pixels, image)


def _undecodable(header: ImageHeader, raw: bytes) -> ImageError:
    return ImageError(
        UNDECODABLE,
        f"The {header.format} of {header.width} x {header.height} pixels is cut off, damaged or of a rare"
        f" kind that OpenCV does not read ({len(raw):,} bytes): send the whole file or an 8-bit PNG.",
    )
