"""From reviews and predictions as they are kept to what the core evaluates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import msgspec
import numpy as np

from umbra.contracts.ground_truth import (
    Size,
    TrueClassification,
    TrueMask,
    TruePolygon,
    TrueRectangle,
    TrueShape,
)
from umbra.contracts.manifest import Task
from umbra.contracts.prediction import Classification, Mask, Polygon, Rectangle, Shape
from umbra.core.errors import Refused
from umbra.core.evaluation_objects import NO_DETECTIONS, ImageDetections, ImageOverlaps, ImageTruths
from umbra.core.evaluation_overlaps import Rle, mask_overlaps
from umbra.core.evaluation_pixels import PixelCounts, image_pixels, shared_pixels

_truths = msgspec.json.Decoder(list[TrueShape])
_shapes = msgspec.json.Decoder(list[Shape])
_NO_OVERLAPS = ImageOverlaps(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True)
class MaskedTruths:
    """The ground truth of an image where masks are compared; `masks` by its objects."""

    truths: ImageTruths
    masks: Sequence[Rle]


LabelMasks: TypeAlias = dict[str, list[Rle]]
Truth: TypeAlias = ImageTruths | MaskedTruths | LabelMasks | frozenset[str]
"""Of an image: for detection, instance segmentation, semantic segmentation and classification."""
Said: TypeAlias = ImageDetections | PixelCounts | dict[str, float]
"""Of an image: for both kinds of objects, semantic segmentation and classification. Masks are gone: what is
left of them is how they lie on the truth."""


def truth_of(task: Task, shapes: str, size: Size | None) -> Truth:
    """The ground truth of one image.

    Args:
        shapes: the JSON of a review.
        size: of the image, for polygons; None: it has none.
    """
    read = _truths.decode(shapes)
    match task:
        case "detection":
            return _image_truths([shape for shape in read if isinstance(shape, TrueRectangle)])
        case "instance-segmentation":
            drawn = [(shape, rle) for shape in read if (rle := _rle(shape, size)) is not None]
            return MaskedTruths(_masked_truths(drawn), [rle for _, rle in drawn])
        case "semantic-segmentation":
            return _by_label((shape.label, _rle(shape, size)) for shape in read)
        case "classification":
            return frozenset(shape.label for shape in read if isinstance(shape, TrueClassification))


def said_of(task: Task, shapes: str, candidates: str, truth: Truth, size: Size | None) -> Said:
    """The prediction of one image, and where masks are compared how they overlap with `truth`.

    Args:
        shapes, candidates: the JSON of a prediction.
    """
    certain = _shapes.decode(shapes)
    match task:
        case "detection":
            return _boxes(certain, _shapes.decode(candidates))
        case "instance-segmentation":
            assert isinstance(truth, MaskedTruths)
            return _masks(certain, _shapes.decode(candidates), truth, size)
        case "semantic-segmentation":
            assert isinstance(truth, dict)
            masks = _by_label((shape.label, _rle(shape, size)) for shape in certain)
            return image_pixels(truth, masks, _rows_first(size))
        case "classification":
            return {shape.label: shape.score for shape in certain if isinstance(shape, Classification)}


def nothing_said(task: Task, truth: Truth, size: Size | None) -> Said:
    """Of an image without a prediction, or with a failed one."""
    match task:
        case "detection":
            return NO_DETECTIONS
        case "instance-segmentation":
            return replace(NO_DETECTIONS, overlaps=_NO_OVERLAPS)
        case "semantic-segmentation":
            assert isinstance(truth, dict)
            return image_pixels(truth, {}, _rows_first(size))
        case "classification":
            return {}


def disjoint(shapes: Sequence[TrueShape], size: Size | None) -> None:
    """Check that no pixel has two labels.

    Raises:
        Refused: one has.
    """
    masks = _by_label((shape.label, _rle(shape, size)) for shape in shapes)
    if shared_pixels(masks.values()):
        raise Refused(
            f"Masks of {', '.join(sorted(masks))} cover the same pixels: in semantic segmentation each "
            "pixel has one label."
        )


def _image_truths(shapes: Sequence[TrueRectangle]) -> ImageTruths:
    boxes = np.array([shape.box for shape in shapes], np.float64).reshape(-1, 4)
    areas = [shape.box[2] * shape.box[3] if shape.area is None else shape.area for shape in shapes]
    crowd = np.array([shape.crowd for shape in shapes], bool)
    return ImageTruths([shape.label for shape in shapes], boxes, np.array(areas, np.float64), crowd)


def _masked_truths(drawn: Sequence[tuple[Any, Rle]]) -> ImageTruths:
    areas = [_area(rle) if shape.area is None else shape.area for shape, rle in drawn]
    return ImageTruths(
        [shape.label for shape, _ in drawn],
        np.zeros((len(drawn), 4)),
        np.array(areas, np.float64),
        np.array([shape.crowd for shape, _ in drawn], bool),
    )


def _boxes(shapes: Sequence[Shape], candidates: Sequence[Shape]) -> ImageDetections:
    certain = [shape for shape in shapes if isinstance(shape, Rectangle)]
    all_ = certain + [shape for shape in candidates if isinstance(shape, Rectangle)]
    boxes = np.array([shape.box for shape in all_], np.float64).reshape(-1, 4)
    return ImageDetections(
        [shape.label for shape in all_],
        boxes,
        boxes[:, 2] * boxes[:, 3],
        np.array([shape.score for shape in all_], np.float64),
        len(certain),
    )


def _masks(
    shapes: Sequence[Shape], candidates: Sequence[Shape], truth: MaskedTruths, size: Size | None
) -> ImageDetections:
    certain = [(shape, rle) for shape in shapes if (rle := _rle(shape, size)) is not None]
    all_ = certain + [(shape, rle) for shape in candidates if (rle := _rle(shape, size)) is not None]
    labels, rles = [shape.label for shape, _ in all_], [rle for _, rle in all_]
    return ImageDetections(
        labels,
        np.zeros((len(all_), 4)),
        np.array([_area(rle) for rle in rles], np.float64),
        np.array([shape.score for shape, _ in all_], np.float64),
        len(certain),
        mask_overlaps(labels, rles, truth.truths.labels, truth.masks, truth.truths.crowd),
    )


def _by_label(masks: Any) -> LabelMasks:
    found: LabelMasks = {}
    for label, rle in masks:
        if rle is not None:
            found.setdefault(label, []).append(rle)
    return found


def _rle(shape: Shape | TrueShape, size: Size | None) -> Rle | None:
    if isinstance(shape, Mask | TrueMask):
        return {"size": [*shape.rle.size], "counts": shape.rle.counts}
    if isinstance(shape, Polygon | TruePolygon) and size is not None:
        return polygon_rle(shape.points, size)
    return None


def polygon_rle(points: Sequence[tuple[float, float]], size: Size) -> Rle:
    """The pixels of a polygon, as COCO's own tools fill it."""
    # Imported here: boxes do without.
    from faster_coco_eval import mask

    filled: Rle = mask.frPyObjects([[value for point in points for value in point]], size.height, size.width)[
        0
    ]
    return filled


def _rows_first(size: Size | None) -> tuple[int, int] | None:
    return None if size is None else (size.height, size.width)


def _area(rle: Rle) -> float:
    from faster_coco_eval import mask

    return float(mask.area([rle])[0])
