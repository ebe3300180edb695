"""Heads of semantic segmentation on graphs that ONNX Runtime runs, beside OpenCV's resizing."""

from typing import Any

import cv2
import numpy as np
import pytest
from faster_coco_eval import mask as coco
from numpy.typing import NDArray

from tests.unit.onnx.heads.scene_graph import make_scene_graph, picture_of
from umbra.contracts.manifest import Input, Manifest, Resize, Thresholds
from umbra.contracts.prediction import Mask
from umbra.core.errors import Refused
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.session import Model

Array = NDArray[Any]

LABELS = ["road", "sky", "tree"]
SIZE = (64, 96)
CELLS = (16, 24)
SCENES = 3


def smooth(seed: int, channels: int) -> Array:
    """(scenes, channels, rows, columns), without the noise that no image of pixels has."""
    random = np.random.default_rng(seed)
    coarse = random.normal(0, 3, (SCENES, channels, 4, 6)).astype(np.float32)
    each = [[cv2.resize(one, CELLS[::-1], interpolation=cv2.INTER_CUBIC) for one in maps] for maps in coarse]
    return np.array(each, np.float32)


def found_by(
    head: str, table: Array, original: tuple[int, int], resize: Resize = "stretch", **fields: Any
) -> list[dict[str, tuple[float, Array]]]:
    """Of each scene: label to score and pixels."""
    manifest = Manifest(
        name="m",
        task="semantic-segmentation",
        head=head,
        input=Input(name="images", size=SIZE, resize=resize, scale=1 / 255, pad=0),
        **{"labels": LABELS, **fields},
    )
    model = Model.load(make_scene_graph({"scores": table}, SIZE), manifest, threads=1, rows=2)
    outcomes = model.infer_images([picture_of(scene, *original) for scene in range(SCENES)])
    return [_masks(shapes(outcome, manifest).shapes, original) for outcome in outcomes]  # type: ignore[arg-type]


def _masks(found: list[Any], original: tuple[int, int]) -> dict[str, tuple[float, Array]]:
    masks: dict[str, tuple[float, Array]] = {}
    for shape in found:
        assert isinstance(shape, Mask)
        assert tuple(shape.rle.size) == original
        text = {"size": shape.rle.size, "counts": shape.rle.counts.encode()}
        masks[shape.label] = shape.score, coco.decode(text).astype(bool)
    assert [score for score, _ in masks.values()] == sorted((s for s, _ in masks.values()), reverse=True)
    return masks


def enlarged(maps: Array, original: tuple[int, int]) -> Array:
    """(C, rows, columns) to (C, height, width)."""
    return np.array([cv2.resize(one, original[::-1], interpolation=cv2.INTER_LINEAR) for one in maps])


def softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0))


def assert_same(
    found: dict[str, tuple[float, Array]], classes: Array, best: Array, labels: list[str] = LABELS
) -> None:
    """But for a few pixels where two labels are as good as equal."""
    assert sum(pixels.sum() for _, pixels in found.values()) == (classes >= 0).sum()
    for number, label in enumerate(labels):
        wanted = classes == number
        if label not in found:
            assert wanted.sum() <= 2
            continue
        score, pixels = found[label]
        assert (pixels != wanted).sum() <= 2
        assert score == pytest.approx(best[wanted].mean(), abs=1e-3)


@pytest.mark.parametrize("original", [(64, 96), (200, 310), (131, 97)])
@pytest.mark.parametrize("last", [False, True], ids=["NCHW", "NHWC"])
def test_each_pixel_has_the_label_of_its_best_logit(original: tuple[int, int], last: bool) -> None:
    table = smooth(1, len(LABELS))
    given = np.ascontiguousarray(table.transpose(0, 2, 3, 1)) if last else table

    for maps, found in zip(table, found_by("semantic-segmentation", given, original), strict=True):
        logits = enlarged(maps, original)
        assert_same(found, logits.argmax(axis=0), softmax(logits).max(axis=0))


def test_the_background_has_no_mask() -> None:
    table = smooth(2, len(LABELS) + 1)
    options = {"background": "first"}

    for maps, found in zip(
        table, found_by("semantic-segmentation", table, (150, 230), options=options), strict=True
    ):
        logits = enlarged(maps, (150, 230))
        assert_same(found, logits.argmax(axis=0) - 1, softmax(logits).max(axis=0))


def test_the_border_of_a_letterbox_is_not_looked_at() -> None:
    table = smooth(3, len(LABELS))
    # Half as wide: the image fills the left half of the input.
    original = (128, 96)
    for maps, found in zip(
        table, found_by("semantic-segmentation", table, original, "letterbox-top-left"), strict=True
    ):
        logits = enlarged(maps[:, :, : CELLS[1] // 2], original)
        assert_same(found, logits.argmax(axis=0), softmax(logits).max(axis=0))


def test_what_a_crop_has_lost_has_no_label() -> None:
    table = smooth(4, len(LABELS))
    # Twice as wide as the input: a quarter is lost on each side.
    for found in found_by("semantic-segmentation", table, (64, 192), "short-side-crop"):
        covered = np.sum([pixels for _, pixels in found.values()], axis=0)
        assert (covered == np.pad(np.ones(SIZE, int), ((0, 0), (48, 48)))).all()


@pytest.mark.parametrize("activation", ["none", "sigmoid"])
def test_a_map_of_one_label_is_cut_at_the_operating_threshold(activation: str) -> None:
    logits = smooth(5, 1)
    table = 1 / (1 + np.exp(-logits)) if activation == "none" else logits
    original = (128, 192)
    thresholds = Thresholds(operate=0.6)

    each = found_by(
        "probability-map",
        table.astype(np.float32),
        original,
        labels=["road"],
        thresholds=thresholds,
        options={"activation": activation},
    )
    for maps, found in zip(table, each, strict=True):
        (values,) = enlarged(maps, original)
        probabilities = values if activation == "none" else 1 / (1 + np.exp(-values))
        assert_same(found, np.where(probabilities >= 0.6, 0, -1), probabilities, ["road"])


@pytest.mark.parametrize("axes", [(), (1,), (3,)], ids=["Nhw", "N1hw", "Nhw1"])
def test_classes_that_the_graph_decided_are_taken_cell_by_cell(axes: tuple[int, ...]) -> None:
    classes = smooth(6, len(LABELS)).argmax(axis=1)
    original = (128, 192)

    for cells, found in zip(
        classes, found_by("class-map", np.expand_dims(classes, axes), original), strict=True
    ):
        wanted = cells.repeat(original[0] // CELLS[0], 0).repeat(original[1] // CELLS[1], 1)
        assert_same(found, wanted, np.ones(original))


def test_a_class_without_a_label_is_refused() -> None:
    classes = np.full((SCENES, *CELLS), 3)
    with pytest.raises(Refused, match="Class 3 was found, and the manifest has 3 labels"):
        found_by("class-map", classes, SIZE)
