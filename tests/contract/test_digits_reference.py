"""The shared digits detectors give the shared reference detections, whatever the batch."""

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from umbra.contracts.manifest import Manifest
from umbra.contracts.prediction import Rectangle
from umbra.core.detections import Detections
from umbra.onnx.decode import Pixels, decode
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.model_file import manifest_from
from umbra.onnx.session import Model

SCENES = Path("examples/digits/scenes")
IMAGES = 200

BOX_TOLERANCE_PX = 0.01
SCORE_TOLERANCE = 1e-5


@cache
def scenes() -> list[Pixels]:
    return [
        decode((SCENES / f"val/{number:04d}.png").read_bytes(), 128 * 128) for number in range(1, IMAGES + 1)
    ]


def reference(slot: str) -> list[list[dict[str, Any]]]:
    """Per image its detections, in the file's order."""
    by_image: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for detection in json.loads((SCENES / f"dt_{slot}.json").read_text()):
        by_image[detection["image_id"]].append(detection)
    return [by_image[number] for number in range(1, IMAGES + 1)]


def rectangles(found: Detections, manifest: Manifest) -> list[Rectangle]:
    """Shapes, then candidates."""
    both = [shape for part in shapes(found, manifest) for shape in part]
    return [shape for shape in both if isinstance(shape, Rectangle)]


@pytest.mark.parametrize("batch", [1, 7, 64])
@pytest.mark.parametrize("slot", ["champion", "shadow"])
def test_detections_equal_the_reference(slot: str, batch: int) -> None:
    raw = (SCENES / f"det_{slot}.onnx").read_bytes()
    model = Model.load(raw, manifest_from(raw, name=slot), threads=1, rows=batch)

    outcomes = model.infer_images(scenes())

    for outcome, expected in zip(outcomes, reference(slot), strict=True):
        assert isinstance(outcome, Detections)
        found = rectangles(outcome, model.manifest)
        assert [shape.label for shape in found] == [str(one["category_id"] - 1) for one in expected]
        np.testing.assert_allclose(
            [shape.score for shape in found], [one["score"] for one in expected], rtol=0, atol=SCORE_TOLERANCE
        )
        np.testing.assert_allclose(
            np.array([shape.box for shape in found]),
            np.array([one["bbox"] for one in expected]),
            rtol=0,
            atol=BOX_TOLERANCE_PX,
        )
