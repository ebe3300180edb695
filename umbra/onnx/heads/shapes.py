"""What a head found, as shapes on the wire."""

from typing import NamedTuple

import numpy as np

from umbra.contracts.manifest import Manifest
from umbra.contracts.prediction import Rectangle, Shape
from umbra.onnx.heads.head import Findings

BOX_DECIMALS = 3
SCORE_DECIMALS = 6


class Shapes(NamedTuple):
    """A prediction's two lists, best score first: at or above the operating threshold, and the rest."""

    shapes: list[Shape]
    candidates: list[Shape]


def shapes(findings: Findings, manifest: Manifest) -> Shapes:
    """One image's findings as its prediction carries them.

    Boxes are rounded to 0.001 px and scores to 1e-6. The operating threshold is held against the rounded
    score, so that whoever reads the record draws the same line.
    """
    # float64 first: a float32 rounded to 3 decimals would print as 15.265000343322754.
    boxes = findings.boxes.astype(float).round(BOX_DECIMALS).tolist()
    scores = findings.scores.astype(float).round(SCORE_DECIMALS)
    rectangles: list[Shape] = [
        Rectangle(manifest.labels[index], score, tuple(box))
        for index, score, box in zip(findings.classes.tolist(), scores.tolist(), boxes, strict=True)
    ]
    operating = int(np.count_nonzero(scores >= manifest.thresholds.operate))
    return Shapes(rectangles[:operating], rectangles[operating:])
