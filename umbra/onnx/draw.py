"""Shapes drawn into an image."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from umbra.contracts.prediction import Classification, Mask, Polygon, Rectangle, Shape
from umbra.core.errors import Refused
from umbra.onnx.decode import Pixels

Colour = tuple[int, int, int]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_OPAQUE = 0.4
"""Of what lies under a mask, as much is seen of the mask's colour."""

_COLOURS: tuple[Colour, ...] = (
    (31, 119, 180),
    (255, 127, 14),
    (44, 160, 44),
    (214, 39, 40),
    (148, 103, 189),
    (140, 86, 75),
    (227, 119, 194),
    (188, 189, 34),
    (23, 190, 207),
)


def draw(image: Pixels, shapes: Sequence[Shape], path: Path) -> None:
    """Write a copy of the image with its shapes; its name says the format.

    Args:
        image: (H, W, 3) uint8 RGB.

    Raises:
        Refused: it cannot be written.
    """
    drawn = with_shapes(image, shapes)
    try:
        written = cv2.imwrite(str(path), np.ascontiguousarray(drawn[..., ::-1]))
    except cv2.error as err:
        raise Refused(f"Cannot write {path}: name it .png or .jpg.") from err
    if not written:
        raise Refused(f"Cannot write {path}: is its directory there?")


def with_shapes(image: Pixels, shapes: Sequence[Shape]) -> Pixels:
    """A copy of the image with its shapes, those with the best scores on top; labels of images stand in a
    column."""
    canvas = image.copy()
    lines = 0
    for shape in reversed(shapes):
        text = f"{shape.label} {shape.score:.2f}"
        colour = _colour(shape.label)
        match shape:
            case Rectangle():
                _rectangle(canvas, shape, text, colour)
            case Polygon():
                points = np.rint(shape.points).astype(np.int32)
                cv2.polylines(canvas, [points], isClosed=True, color=colour)
                _write(canvas, text, (int(points[0][0]), int(points[0][1])), colour)
            case Mask():
                _mask(canvas, shape, text, colour)
            case Classification():
                lines += 1
                _write(canvas, text, (2, 14 * (len(shapes) - lines + 1)), colour)
    return canvas


def _rectangle(canvas: Pixels, shape: Rectangle, text: str, colour: Colour) -> None:
    x, y, width, height = shape.box
    corner, other = (round(x), round(y)), (round(x + width), round(y + height))
    cv2.rectangle(canvas, corner, other, colour)
    _write(canvas, text, (corner[0], corner[1] - 2), colour)


def _mask(canvas: Pixels, shape: Mask, text: str, colour: Colour) -> None:
    from faster_coco_eval import mask as coco

    rle = {"size": list(shape.rle.size), "counts": shape.rle.counts}
    inside: NDArray[np.bool_] = np.asarray(coco.decode(rle), dtype=bool)
    if not inside.any():
        return
    mixed = canvas[inside] * (1 - _OPAQUE) + np.array(colour) * _OPAQUE
    canvas[inside] = mixed.astype(np.uint8)
    rows, columns = np.nonzero(inside)
    _write(canvas, text, (int(columns[0]), int(rows[0])), colour)


def _write(canvas: Pixels, text: str, at: tuple[int, int], colour: Colour) -> None:
    scale = max(0.35, min(canvas.shape[:2]) / 1200)
    x, y = max(0, at[0]), max(int(30 * scale), at[1])
    cv2.putText(canvas, text, (x, y), _FONT, scale, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(canvas, text, (x, y), _FONT, scale, colour, 1, cv2.LINE_AA)


def _colour(label: str) -> Colour:
    # Not `hash`, which differs from run to run.
    return _COLOURS[zlib.crc32(label.encode()) % len(_COLOURS)]
