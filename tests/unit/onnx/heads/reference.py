"""What a detector finds in an image, said in plain Python from what its outputs say of the input."""

from collections.abc import Iterable
from typing import NamedTuple

from tests.unit.onnx.heads.families import Object
from umbra.contracts.manifest import Manifest, Thresholds
from umbra.onnx.projection import Projection

Box = tuple[float, float, float, float]


class Expected(NamedTuple):
    """Label, score and x y w h in pixels of the original."""

    label: str
    score: float
    box: Box


def expected(
    objects: Iterable[Object], manifest: Manifest, projection: Projection, *, suppresses: bool
) -> list[Expected]:
    """Those above `emit` that have something in the image, best first."""
    found = [
        Expected(manifest.labels[number], score, in_original(box, projection))
        for number, score, box in objects
        if score >= manifest.thresholds.emit and score > 0
    ]
    seen = [one for one in found if one.box[2] > 0 and one.box[3] > 0]
    ordered = sorted(seen, key=lambda one: -one.score)
    if suppresses:
        ordered = not_suppressed(ordered, manifest.thresholds)
    return ordered[: manifest.thresholds.max_detections]


def in_original(box: Box, projection: Projection) -> Box:
    """From corners in the input, cut at the edges of the image."""
    height, width = projection.original
    scale_x, scale_y = projection.resized[1] / width, projection.resized[0] / height
    x1, x2 = (min(max((x - projection.left) / scale_x, 0), width) for x in (box[0], box[2]))
    y1, y2 = (min(max((y - projection.top) / scale_y, 0), height) for y in (box[1], box[3]))
    return x1, y1, x2 - x1, y2 - y1


def not_suppressed(ordered: list[Expected], thresholds: Thresholds) -> list[Expected]:
    """Non-maximum suppression as its definition says it."""
    kept: list[Expected] = []
    for one in ordered:
        rivals = [other for other in kept if thresholds.class_agnostic or other.label == one.label]
        if all(overlap(one.box, other.box) <= thresholds.nms_iou for other in rivals):
            kept.append(one)
    return kept


def overlap(a: Box, b: Box) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)
