import struct

import cv2
import numpy as np
import pytest

from tests.unit.onnx.encoded import (
    CMYK_JPEG,
    encode,
    encode_animation,
    encode_pages,
    picture,
    png,
    png_bomb,
    with_orientation,
)
from umbra.contracts.dead_letter import TOO_MANY_PIXELS, UNDECODABLE
from umbra.core.errors import ImageError
from umbra.onnx.decode import Pixels, decode, prepare_opencv

PIXELS = 1_000_000
PROGRESSIVE = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
RESTARTS = (cv2.IMWRITE_JPEG_RST_INTERVAL, 4)
UNCOMPRESSED = (cv2.IMWRITE_TIFF_COMPRESSION, 1)
LOSSLESS = (cv2.IMWRITE_WEBP_QUALITY, 101)

PICTURE = picture()
LARGE = picture(160, 200)
GREY = cv2.cvtColor(PICTURE, cv2.COLOR_RGB2GRAY)
GREY_RGB = np.repeat(GREY[..., None], 3, axis=2)
TRANSPARENT = np.dstack((PICTURE, np.zeros_like(GREY)))
TWO_FRAMES = [PICTURE, PICTURE[::-1].copy()]


@pytest.fixture(autouse=True, scope="module")
def _opencv() -> None:
    prepare_opencv()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(encode(".png", PICTURE), PICTURE, id="PNG"),
        pytest.param(encode(".bmp", PICTURE), PICTURE, id="BMP"),
        pytest.param(encode(".tiff", PICTURE), PICTURE, id="TIFF"),
        pytest.param(encode(".webp", PICTURE, *LOSSLESS), PICTURE, id="lossless WebP"),
        pytest.param(encode(".png", GREY), GREY_RGB, id="grey PNG"),
        pytest.param(encode(".png", GREY.astype(np.uint16) * 257), GREY_RGB, id="16-bit PNG"),
        pytest.param(encode(".tiff", GREY.astype(np.uint16) * 257), GREY_RGB, id="16-bit TIFF"),
        pytest.param(encode(".png", TRANSPARENT), PICTURE, id="alpha is dropped"),
        pytest.param(encode_animation(".png", TWO_FRAMES), PICTURE, id="animated PNG, its first frame"),
        pytest.param(encode_pages(TWO_FRAMES), PICTURE, id="TIFF of two pages, its first"),
        pytest.param(
            png(2, 1, bits=8, colour=3, rows=b"\x00\x01\x00", palette=bytes([9, 8, 7, 200, 100, 50])),
            np.array([[[200, 100, 50], [9, 8, 7]]]),
            id="palette PNG",
        ),
        pytest.param(
            png(2, 1, bits=1, colour=0, rows=b"\x00\x40"), np.array([[[0] * 3, [255] * 3]]), id="1-bit PNG"
        ),
    ],
)
def test_lossless_images_decode_to_their_pixels(raw: bytes, expected: Pixels) -> None:
    image = decode(raw, PIXELS)

    assert image.dtype == np.uint8
    assert np.array_equal(image, expected)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(encode(".jpg", PICTURE), PICTURE, id="JPEG"),
        pytest.param(encode(".jpg", PICTURE, *PROGRESSIVE), PICTURE, id="progressive JPEG"),
        pytest.param(encode(".jpg", GREY), GREY_RGB, id="grey JPEG"),
        pytest.param(encode(".webp", PICTURE), PICTURE, id="WebP"),
        pytest.param(encode_animation(".webp", TWO_FRAMES), PICTURE, id="animated WebP, its first frame"),
    ],
)
def test_lossy_images_decode_to_nearly_their_pixels(raw: bytes, expected: Pixels) -> None:
    assert np.abs(decode(raw, PIXELS).astype(int) - expected).mean() < 5


def test_a_cmyk_jpeg_has_its_colours() -> None:
    left, right = decode(CMYK_JPEG, PIXELS)[8, [4, 28]].astype(int)

    assert np.abs(left - (200, 30, 30)).max() < 5
    assert np.abs(right - (20, 60, 180)).max() < 5


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [(1, PICTURE), (3, PICTURE[::-1, ::-1]), (6, np.rot90(PICTURE, -1)), (8, np.rot90(PICTURE))],
)
def test_exif_orientation_is_applied(orientation: int, turned: Pixels) -> None:
    image = decode(with_orientation(encode(".jpg", PICTURE), orientation), PIXELS)

    assert image.shape == turned.shape
    assert np.abs(image.astype(int) - turned).mean() < 5


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(encode(".jpg", LARGE), id="JPEG"),
        pytest.param(encode(".jpg", LARGE, *PROGRESSIVE), id="progressive JPEG"),
        pytest.param(encode(".jpg", LARGE, *RESTARTS), id="JPEG with restarts"),
        pytest.param(CMYK_JPEG, id="CMYK JPEG"),
        pytest.param(encode(".png", LARGE), id="PNG"),
        pytest.param(encode(".webp", LARGE), id="WebP"),
        pytest.param(encode(".bmp", LARGE), id="BMP"),
        pytest.param(encode(".tiff", LARGE), id="TIFF"),
        pytest.param(encode(".tiff", LARGE, *UNCOMPRESSED), id="plain TIFF"),
    ],
)
def test_an_image_that_was_cut_off_is_refused_wherever_the_cut_is(raw: bytes) -> None:
    for percent in range(10, 100):
        with pytest.raises(ImageError) as refused:
            decode(raw[: len(raw) * percent // 100], PIXELS)

        assert refused.value.code == UNDECODABLE


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "The image is empty"),
        (b"hello, I am no image", "Not an image of a known format"),
        (encode(".gif", PICTURE), "GIF is not read: send JPEG, PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG is not read"),
        pytest.param(
            b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>", "SVG is not read", id="SVG with a prologue"
        ),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC is not read"),
        (encode(".avif", PICTURE), "AVIF is not read"),
        pytest.param(
            b"\x00\x00\x00\x0cjP  \r\n\x87\n\x00\x00\x00\x14ftypjp2 ", "JPEG 2000 is not read", id="JPEG 2000"
        ),
        (b"%PDF-1.7", "PDF is not read"),
        (b"\x89PNG\r\n\x1a\n", "header of the PNG is damaged"),
        (b"\xff\xd8\xff\xd9", "header of the JPEG is damaged"),
        (b"BM", "header of the BMP is damaged"),
        (b"II*\x00\xff\xff\xff\xff", "header of the TIFF is damaged"),
        (b"RIFF\x00\x00\x00\x00WEBP", "header of the WebP is damaged"),
        pytest.param(
            encode(".tiff", GREY.astype(np.float32)),
            "rare kind that OpenCV does not read",
            id="floating point",
        ),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=reason) as refused:
        decode(raw, PIXELS)

    assert refused.value.code == UNDECODABLE


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".bmp", ".tiff"])
def test_pixels_are_counted_before_decoding(extension: str) -> None:
    raw = encode(extension, PICTURE)
    decode(raw, PICTURE[..., 0].size)

    with pytest.raises(ImageError, match="40 x 24 = 960 pixels, more than the 959 allowed") as refused:
        decode(raw, PICTURE[..., 0].size - 1)

    assert refused.value.code == TOO_MANY_PIXELS


def test_a_bomb_is_refused_by_its_header_alone() -> None:
    bomb = png_bomb()
    assert len(bomb) < 200_000

    for raw in (bomb, bomb[:33]):
        with pytest.raises(ImageError, match="30000 x 30000 = 900,000,000 pixels"):
            decode(raw, 64_000_000)


def test_a_jpeg_that_shows_one_size_here_and_another_there_is_refused() -> None:
    """libjpeg skips what stands between segments; a reader that takes it for a segment sees another frame."""
    raw = encode(".jpg", PICTURE)
    small_frame = b"\xff\xc0" + struct.pack(">HBHHB", 8, 8, 1, 1, 0)

    with pytest.raises(ImageError) as refused:
        decode(raw[:2] + b"\xff\x01" + struct.pack(">H", 2) + small_frame + raw[2:], 100)

    assert refused.value.code == UNDECODABLE
