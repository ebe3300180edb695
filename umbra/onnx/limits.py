"""What an image may be at most; ingest and the workers refuse by the same rules."""

from dataclasses import dataclass

from umbra.contracts.dead_letter import TOO_LARGE, TOO_MANY_PIXELS
from umbra.core.errors import ImageError
from umbra.onnx.image_header import ImageHeader


@dataclass(frozen=True, slots=True)
class Limits:
    """Attributes:
    max_bytes: of the encoded image.
    max_pixels: of the decoded one.
    """

    max_bytes: int
    max_pixels: int


def refuse_too_large(size: int, max_bytes: int) -> None:
    """Raises:
    ImageError: `too-large`.
    """
    if size > max_bytes:
        raise ImageError(
            TOO_LARGE,
            f"The image has {size:,} bytes, more than the {max_bytes:,} allowed: "
            "send a smaller one or raise UMBRA_MAX_IMAGE_BYTES.",
        )


def refuse_too_many_pixels(header: ImageHeader, max_pixels: int) -> None:
    """Raises:
    ImageError: `too-many-pixels`.
    """
    if header.pixels > max_pixels:
        raise ImageError(
            TOO_MANY_PIXELS,
            f"The {header.format} has {header.width} x {header.height} = {header.pixels:,} pixels, more"
            f" than the {max_pixels:,} allowed: send a smaller image or raise UMBRA_MAX_PIXELS.",
        )
