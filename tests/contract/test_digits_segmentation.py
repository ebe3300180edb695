"""The shared digits segmenters give the reference's IoU of every class."""

import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from faster_coco_eval import mask as coco
from numpy.typing import NDArray

from umbra.contracts.manifest import Input, Manifest
from umbra.contracts.prediction import Mask
from umbra.core.masks import ClassMap
from umbra.onnx.decode import decode
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.session import Model

SCENES = Path("examples/digits/scenes")
NUMBERS = range(1, 201)
SIZE = (128, 128)

MANIFEST = Manifest(
    name="digits",
    task="semantic-segmentation",
    head="semantic-segmentation",
    labels=[str(digit) for digit in range(10)],
    input=Input(name="images", size=SIZE, scale=1 / 255),
    options={"background": "first"},
)


@cache
def truth() -> NDArray[np.uint8]:
    """(200, 128, 128), 0 for the background."""
    read = [cv2.imread(str(SCENES / f"val/{n:04d}_seg.png"), cv2.IMREAD_UNCHANGED) for n in NUMBERS]
    return np.array(read, np.uint8)


def class_map(found: ClassMap) -> NDArray[np.uint8]:
    classes = np.zeros(SIZE, np.uint8)
    for shape in shapes(found, MANIFEST).shapes:
        assert isinstance(shape, Mask)
        text = {"size": shape.rle.size, "counts": shape.rle.counts.encode()}
        classes[coco.decode(text).astype(bool)] = int(shape.label) + 1
    return classes


@pytest.mark.parametrize(("slot", "mean"), [("champion", 0.3356), ("shadow", 0.8795)])
def test_the_iou_of_every_class_equals_the_reference(slot: str, mean: float) -> None:
    model = Model.load((SCENES / f"seg_{slot}.onnx").read_bytes(), MANIFEST, threads=1, rows=16)
    images = [decode((SCENES / f"val/{n:04d}.png").read_bytes(), 128 * 128) for n in NUMBERS]

    outcomes = model.infer_images(images)

    found = np.array([class_map(outcome) for outcome in outcomes if isinstance(outcome, ClassMap)])
    confusion = np.bincount(truth().ravel() * 11 + found.ravel(), minlength=121).reshape(11, 11)
    both = confusion.diagonal()
    iou = both / (confusion.sum(axis=0) + confusion.sum(axis=1) - both)
    reference = json.loads((SCENES / "reference_seg.json").read_text())[f"seg_{slot}"]
    assert iou == pytest.approx(np.array(reference["iou"]), abs=1e-5)
    assert round(iou.mean(), 4) == mean
