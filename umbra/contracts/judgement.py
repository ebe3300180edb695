"""From a prediction on the wire to what the core counts and compares."""

from collections.abc import Iterable, Sequence

from umbra.contracts.manifest import Task
from umbra.contracts.prediction import (
    Classification,
    Latency,
    Mask,
    Polygon,
    Prediction,
    Rectangle,
    Shape,
)
from umbra.core import rle, runs
from umbra.core.agreement import Kind, Shapes
from umbra.core.errors import InvalidMessage
from umbra.core.judgement import Judgement, LandingKey, Latencies
from umbra.core.runs import Runs

_NOWHERE = (0.0, 0.0, 0.0, 0.0)
"""It overlaps nothing."""


def judgement_of(prediction: Prediction) -> Judgement:
    """The judgement a prediction reports.

    Raises:
        InvalidMessage: a shape of it is none.
    """
    image = prediction.image
    return Judgement(
        LandingKey(prediction.landed_at, image.partition, image.offset),
        prediction.deployment,
        prediction.image_id,
        prediction.slot,
        prediction.model_version,
        prediction.revision,
        prediction.status == "failed",
        latencies_of(prediction.latency_ms),
        shapes_of(prediction.shapes, prediction.task),
    )


def latencies_of(latency: Latency) -> Latencies:
    """Milliseconds as they travel, in whole microseconds."""
    return Latencies(
        round(latency.queue * 1000),
        round(latency.decode * 1000),
        round(latency.inference * 1000),
        round(latency.total * 1000),
    )


def shapes_of(shapes: Iterable[Shape], task: Task | None) -> Shapes:
    """Labels, scores, and what shapes are matched by.

    A polygon is matched by its bounding box, and so is a mask among other shapes.

    Raises:
        InvalidMessage: a mask is none.
    """
    listed = list(shapes)
    labels, scores = [shape.label for shape in listed], [shape.score for shape in listed]
    kind = _kind(task, listed)
    if kind == "labels":
        return Shapes(labels, scores, kind=kind)
    masks = [_runs(shape) for shape in listed if isinstance(shape, Mask)]
    if kind == "regions" and len(set(labels)) == len(labels) == len(masks):
        return Shapes(labels, scores, masks=masks, kind=kind)
    if masks and len(masks) == len(listed):
        return Shapes(labels, scores, masks=masks)
    boxes = [shape.box if isinstance(shape, Rectangle) else _box(shape) for shape in listed]
    return Shapes(labels, scores, boxes)


def _kind(task: Task | None, shapes: list[Shape]) -> Kind:
    """By the task; in records of before it was told, by the shapes."""
    if task == "classification" or (task is None and any(isinstance(s, Classification) for s in shapes)):
        return "labels"
    return "regions" if task == "semantic-segmentation" else "objects"


def _runs(mask: Mask) -> Runs:
    try:
        return rle.decode(*mask.rle.size, mask.rle.counts)
    except ValueError as err:
        raise InvalidMessage(f"The mask of {mask.label!r} is no run-length encoding: {err}.") from err


def _box(shape: Shape) -> Sequence[float]:
    match shape:
        case Polygon() if shape.points:
            xs, ys = zip(*shape.points, strict=True)
            return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
        case Mask():
            return runs.bounding_box(_runs(shape), shape.rle.size[0])
        case _:
            return _NOWHERE
