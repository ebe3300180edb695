"""Encoded images, made on the spot."""

import base64
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from umbra.onnx.decode import Pixels

CMYK_JPEG = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZMTlJTUjI+WmFa"
    "UGBKUVJP/8AAFAgAEAAgBEMRAE0RAFkRAEsRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAAHBQb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRD"
    "AE0AWQBLAAA/AOscG4NTgBEWkrgALczUjABEWkrgAP/Z"
)
"""32 x 16 pixels, left (200, 30, 30), right (20, 60, 180); Adobe CMYK, which OpenCV cannot write."""


def picture(height: int = 24, width: int = 40) -> Pixels:
    """Smooth, not symmetric: red grows to the right, green downwards."""
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 250, width)
    image[..., 1] = np.linspace(0, 250, height)[:, None]
    image[..., 2] = 80
    return image


def encode(extension: str, image: NDArray[Any], *options: int) -> bytes:
    """`image` (RGB, grey, or RGBA; 8 or 16 bits) in the format of the extension."""
    stored = image if image.ndim == 2 else image[..., [2, 1, 0, 3][: image.shape[2]]]
    done, raw = cv2.imencode(extension, stored, options)
    assert done, f"OpenCV cannot write {extension}"
    return bytes(raw)


def encode_animation(extension: str, frames: Sequence[Pixels]) -> bytes:
    animation = cv2.Animation()
    animation.frames = [cv2.cvtColor(frame, cv2.COLOR_RGB2BGRA) for frame in frames]
    animation.durations = np.full(len(frames), 100, np.int32)  # type: ignore[assignment]
    return bytes(cv2.imencodeanimation(extension, animation)[1])


def encode_pages(frames: Sequence[Pixels]) -> bytes:
    """A TIFF of several pages."""
    return bytes(cv2.imencodemulti(".tiff", [frame[..., ::-1] for frame in frames])[1])


def png(width: int, height: int, *, bits: int, colour: int, rows: bytes, palette: bytes = b"") -> bytes:
    """A PNG of any kind, from its filtered rows."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*chunk) for chunk in chunks if chunk[1] or chunk[0] != b"PLTE"
    )


def png_bomb(side: int = 30_000) -> bytes:
    """A few hundred kB that decode to side x side pixels."""
    return png(side, side, bits=1, colour=0, rows=bytes(side * (1 + (side + 7) // 8)))


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """`jpeg` with an EXIF orientation, 1 to 8."""
    tiff = b"II*\x00" + struct.pack("<IHHHIII", 8, 1, 0x0112, 3, 1, orientation, 0)
    segment = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
