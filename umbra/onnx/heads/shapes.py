"""What a head found, as shapes on the wire."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest
from umbra.contracts.prediction import Classification, Mask, Rectangle, Rle, Shape
from umbra.core.class_scores import ClassScores
from umbra.core.detections import Detections
from umbra.core.masks import ClassMap, InstanceMasks
from umbra.core.runs import Runs, counts
from umbra.onnx.heads.head import Findings

BOX_DECIMALS = 3
SCORE_DECIMALS = 6


class Shapes(NamedTuple):
    """A prediction's two lists, best score first: what everyone counts and compares, and the rest."""

    shapes: list[Shape]
    candidates: list[Shape]


def shapes(findings: Findings, manifest: Manifest) -> Shapes:
    """One image's findings as its prediction carries them.

    Boxes are rounded to 0.001 px and scores to 1e-6. The operating threshold is held against the rounded
    score, so that whoever reads the record draws the same line.

    Objects, and the labels of which an image may have many, are shapes from the operating threshold on and
    candidates below it. Where an image has one label, the best is its shape, whatever its score, and the next
    are candidates. Candidates of a classification fill up to `top_k` labels. All of a class map are shapes.
    """
    found = _all_of(findings, manifest)
    if isinstance(findings, ClassMap):
        return Shapes(found, [])
    operating = sum(shape.score >= manifest.thresholds.operate for shape in found)
    if isinstance(findings, ClassScores):
        operating = min(1, len(found)) if findings.exclusive else operating
        found = found[: max(operating, manifest.thresholds.top_k)]
    return Shapes(found[:operating], found[operating:])


def _all_of(findings: Findings, manifest: Manifest) -> list[Shape]:
    labels = [manifest.labels[number] for number in findings.classes.tolist()]
    # float64 first: a float32 rounded to 6 decimals would print as 0.7410889863967896.
    scores = findings.scores.astype(float).round(SCORE_DECIMALS).tolist()
    match findings:
        case Detections():
            return _rectangles(labels, scores, findings.boxes)
        case InstanceMasks() | ClassMap():
            return _masks(labels, scores, findings.masks, findings.size)
        case ClassScores():
            return [Classification(label, score) for label, score in zip(labels, scores, strict=True)]


def _rectangles(labels: list[str], scores: list[float], boxes: NDArray[np.float32]) -> list[Shape]:
    rounded = boxes.astype(float).round(BOX_DECIMALS).tolist()
    return [
        Rectangle(label, score, tuple(box)) for label, score, box in zip(labels, scores, rounded, strict=True)
    ]


def _masks(
    labels: list[str], scores: list[float], masks: tuple[Runs, ...], size: tuple[int, int]
) -> list[Shape]:
    # Here, for it takes a tenth of a second and brings OpenCV along; detectors and the API do without.
    from faster_coco_eval import mask as coco

    height, width = size
    uncompressed = ({"size": [height, width], "counts": counts(runs, height * width)} for runs in masks)
    found: list[Shape] = []
    for label, score, one in zip(labels, scores, uncompressed, strict=True):
        compressed = coco.frPyObjects(one, height, width)["counts"].decode()
        found.append(Mask(label, score, Rle(size, compressed)))
    return found
