"""Images for tests, made without an encoder so that they have exactly the size asked for."""

import random
import struct
import zlib

_BMP_HEADER = 54


def make_bmp(size: int, seed: int = 0) -> bytes:
    """A decodable BMP of noise of exactly `size` bytes (at least 102)."""
    width = 16 if size < 10_000 else 1000
    height = (size - _BMP_HEADER) // (width * 3)
    file_header = struct.pack("<2sIII", b"BM", size, 0, _BMP_HEADER)
    image_header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 2835, 2835, 0, 0)
    return file_header + image_header + random.Random(seed).randbytes(size - _BMP_HEADER)


def make_png(width: int, height: int) -> bytes:
    """A black PNG in grey; above a million pixels only its header is sound."""
    pixels = bytes(height * (width + 1)) if width * height < 1_000_000 else b""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, body)
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            (
                b"IDAT",
                zlib.compress(pixels),
            ),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
