"""Ground truth: what a person says is in an image, as it is sent, kept and exported."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from umbra.contracts.manifest import Task
from umbra.contracts.prediction import Box, Coordinate, Rle
from umbra.core.errors import Refused
from umbra.core.rle import decode

MOST_SHAPES = 10_000
"""Of one image."""

_OVER = 1.0
"""Pixels a shape may reach over the image: tools round differently."""


class TrueRectangle(msgspec.Struct, tag_field="type", tag="rectangle", omit_defaults=True):
    """
    Attributes:
        crowd: a region of many such objects: detections in it are neither right nor wrong.
        area: square pixels by which AP by size sorts it, where it is not that of the box.
    """

    label: str
    box: Box
    crowd: bool = False
    area: float | None = None


class TruePolygon(msgspec.Struct, tag_field="type", tag="polygon", omit_defaults=True):
    label: str
    points: list[tuple[Coordinate, Coordinate]]
    crowd: bool = False
    area: float | None = None


class TrueMask(msgspec.Struct, tag_field="type", tag="mask", omit_defaults=True):
    label: str
    rle: Rle
    crowd: bool = False
    area: float | None = None


class TrueClassification(msgspec.Struct, tag_field="type", tag="classification", omit_defaults=True):
    label: str


TrueShape = TrueRectangle | TruePolygon | TrueMask | TrueClassification

_OF_TASK: Mapping[Task, tuple[type[TrueShape], ...]] = {
    "detection": (TrueRectangle,),
    "instance-segmentation": (TruePolygon, TrueMask),
    "semantic-segmentation": (TruePolygon, TrueMask),
    "classification": (TrueClassification,),
}


class Size(NamedTuple):
    """Pixels of the original image."""

    width: int
    height: int


def size_of(width: int | None, height: int | None) -> Size | None:
    """None when no model could decode the image."""
    return Size(width, height) if width and height else None


def ground_truth(
    shapes: Sequence[Any], task: Task, labels: Collection[str], size: Size | None
) -> list[TrueShape]:
    """The shapes of a review, as they are kept; empty: there is nothing in the image.

    Args:
        shapes: as they came; fields that a ground truth does not have, like `score`, are left out.
        labels: those that the deployment knows.
        size: None when no model could decode the image.

    Raises:
        Refused: a shape is broken, of another task, of an unknown label or outside the image.
    """
    if len(shapes) > MOST_SHAPES:
        raise Refused(f"A review has at most {MOST_SHAPES} shapes; this one has {len(shapes)}.")
    return [_checked(_read(shape, place), place, task, labels, size) for place, shape in enumerate(shapes)]


def scaled(shapes: Sequence[Any], size: Size) -> list[Any]:
    """Shapes in shares of the image, 0 to 1, in its pixels; what is no shape is left to `ground_truth`."""
    return [_scaled(shape, size) if isinstance(shape, dict) else shape for shape in shapes]


def _scaled(shape: dict[str, Any], size: Size) -> dict[str, Any]:
    try:
        if "box" in shape:
            x, y, width, height = shape["box"]
            return shape | {
                "box": [x * size.width, y * size.height, width * size.width, height * size.height]
            }
        if "points" in shape:
            return shape | {"points": [[x * size.width, y * size.height] for x, y in shape["points"]]}
    except (TypeError, ValueError):
        pass
    return shape


def _read(shape: Any, place: int) -> TrueShape:
    try:
        read: TrueShape = msgspec.convert(shape, TrueShape)
    except (msgspec.ValidationError, RecursionError) as err:
        raise Refused(f"Shape {place}: {err}. A box is x, y, width, height in pixels.") from err
    return read


def _checked(
    shape: TrueShape, place: int, task: Task, labels: Collection[str], size: Size | None
) -> TrueShape:
    reason = _fault(shape, task, labels, size)
    if reason is not None:
        raise Refused(f"Shape {place}: {reason}.")
    return shape


def _fault(shape: TrueShape, task: Task, labels: Collection[str], size: Size | None) -> str | None:
    fits = _OF_TASK[task]
    if not isinstance(shape, fits):
        wanted = " or ".join(str(kind.__struct_config__.tag) for kind in fits)
        return f"a {shape.__struct_config__.tag} is no ground truth for {task}, which takes {wanted}"
    if shape.label not in labels:
        return f"there is no label {shape.label!r}; the deployment knows {', '.join(sorted(labels))}"
    area = None if isinstance(shape, TrueClassification) else shape.area
    if area is not None and not (math.isfinite(area) and area > 0):
        return f"its area is {area}, which is no number of pixels"
    match shape:
        case TrueRectangle():
            return _box_fault(shape.box, size)
        case TruePolygon():
            return _polygon_fault(shape.points, size)
        case TrueMask():
            return _mask_fault(shape.rle, size)
        case TrueClassification():
            return None


def _box_fault(box: Box, size: Size | None) -> str | None:
    x, y, width, height = box
    if not all(map(math.isfinite, box)):
        return f"box {[*box]} has a value that is no number"
    if width <= 0 or height <= 0:
        return f"box {[*box]} covers nothing: width and height must be more than 0"
    if x < -_OVER or y < -_OVER:
        return f"box {[*box]} begins outside the image: x and y must not be negative"
    if size is not None and (x + width > size.width + _OVER or y + height > size.height + _OVER):
        return f"box {[*box]} reaches outside the image of {size.width} x {size.height}"
    return None


def _polygon_fault(points: Sequence[tuple[float, float]], size: Size | None) -> str | None:
    if len(points) < 3:
        return f"a polygon of {len(points)} points covers nothing: it needs three"
    if not all(math.isfinite(value) for point in points for value in point):
        return "a point has a value that is no number"
    if size is None:
        return "no model could decode the image, so its size is not known: give a mask"
    xs, ys = zip(*points, strict=True)
    return _box_fault((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)), size)


def _mask_fault(rle: Rle, size: Size | None) -> str | None:
    height, width = rle.size
    if size is not None and (width, height) != size:
        return f"the mask is {width} x {height}, the image {size.width} x {size.height}"
    try:
        decode(height, width, rle.counts)
    except ValueError as err:
        return f"the mask is broken: {err}"
    return None
