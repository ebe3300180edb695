"""From a prediction on the wire to what the core counts and compares."""

from collections.abc import Iterable, Sequence

from umbra.contracts.prediction import Latency, Polygon, Prediction, Rectangle, Shape
from umbra.core.agreement import Shapes
from umbra.core.judgement import Judgement, LandingKey, Latencies

_WHOLE_IMAGE = (0.0, 0.0, 1.0, 1.0)


def judgement_of(prediction: Prediction) -> Judgement:
    """The judgement a prediction reports."""
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
        shapes_of(prediction.shapes),
    )


def latencies_of(latency: Latency) -> Latencies:
    """Milliseconds as they travel, in whole microseconds."""
    return Latencies(
        round(latency.queue * 1000),
        round(latency.decode * 1000),
        round(latency.inference * 1000),
        round(latency.total * 1000),
    )


def shapes_of(shapes: Iterable[Shape]) -> Shapes:
    """Labels, scores and the boxes that shapes are matched by.

    A polygon is matched by its bounding box; masks and classifications, which cover the image, by the
    whole image.
    """
    listed = list(shapes)
    return Shapes(
        [shape.label for shape in listed],
        [shape.score for shape in listed],
        [shape.box if isinstance(shape, Rectangle) else _bounds(shape) for shape in listed],
    )


def _bounds(shape: Shape) -> Sequence[float]:
    if not isinstance(shape, Polygon) or not shape.points:
        return _WHOLE_IMAGE
    xs, ys = zip(*shape.points, strict=True)
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
