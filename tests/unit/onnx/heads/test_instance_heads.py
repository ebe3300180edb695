"""Heads of instance segmentation on graphs that ONNX Runtime runs, beside OpenCV and plain loops."""

from typing import Any

import cv2
import numpy as np
import pytest
from faster_coco_eval import mask as coco
from numpy.typing import NDArray

from tests.unit.onnx.heads.scene_graph import make_scene_graph, picture_of
from umbra.contracts.manifest import Input, Manifest, Thresholds
from umbra.contracts.prediction import Mask
from umbra.core.errors import Refused
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.session import Model

Array = NDArray[Any]

LABELS = ["cat", "dog"]
SIZE = (64, 96)
ORIGINAL = (160, 240)
SCALE = ORIGINAL[0] / SIZE[0]
SCENES = 3
OBJECTS = 4
COEFFICIENTS = 3


def boxes(seed: int) -> Array:
    """(scenes, objects, 4) x1 y1 x2 y2 in pixels of the input; none overlaps another of its scene."""
    random = np.random.default_rng(seed)
    left = np.array([2, 26, 50, 74]) + random.uniform(0, 3, (SCENES, OBJECTS))
    top = random.uniform(3, 15, (SCENES, OBJECTS))
    corners = (left, top, left + random.uniform(12, 18, left.shape), top + random.uniform(20, 40, left.shape))
    return np.stack(corners, axis=2).astype(np.float32)


def prototypes(seed: int) -> Array:
    random = np.random.default_rng(seed)
    coarse = random.normal(0, 1, (SCENES, COEFFICIENTS, 4, 6)).astype(np.float32)
    return np.array([[cv2.resize(one, (24, 16)) for one in maps] for maps in coarse])


def found_by(head: str, tables: dict[str, Array], **fields: Any) -> list[list[Mask]]:
    manifest = Manifest(
        name="m",
        task="instance-segmentation",
        head=head,
        labels=LABELS,
        input=Input(name="images", size=SIZE, resize="stretch", scale=1 / 255, pad=0),
        thresholds=Thresholds(emit=0.1, operate=0.1),
        **fields,
    )
    model = Model.load(make_scene_graph(tables, SIZE), manifest, threads=1, rows=2)
    outcomes = model.infer_images([picture_of(scene, *ORIGINAL) for scene in range(SCENES)])
    found = [shapes(outcome, manifest).shapes for outcome in outcomes]  # type: ignore[arg-type]
    masks = [[shape for shape in some if isinstance(shape, Mask)] for some in found]
    assert list(map(len, masks)) == list(map(len, found))
    return masks


def pixels(mask: Mask) -> Array:
    assert tuple(mask.rle.size) == ORIGINAL
    return np.asarray(coco.decode({"size": mask.rle.size, "counts": mask.rle.counts.encode()}), bool)


def scores(seed: int) -> Array:
    return np.random.default_rng(seed).permuted(
        np.tile(np.linspace(0.3, 0.9, OBJECTS, dtype=np.float32), (SCENES, 1)), axis=1
    )


def of_prototypes(maps: Array, coefficients: Array, box: Array) -> Array:
    """The sum, enlarged, cut to the box, where it is positive."""
    summed = np.tensordot(coefficients, maps, 1).astype(np.float32)
    large = cv2.resize(summed, ORIGINAL[::-1], interpolation=cv2.INTER_LINEAR)
    x1, y1, x2, y2 = box * SCALE
    rows, columns = np.mgrid[: ORIGINAL[0], : ORIGINAL[1]]
    return np.asarray((large > 0) & (columns >= x1) & (columns < x2) & (rows >= y1) & (rows < y2))


def assert_same(found: list[Mask], wanted: list[tuple[str, float, Array]]) -> None:
    """Best score first; but for a few pixels that lie on the line."""
    wanted = sorted((one for one in wanted if one[2].sum() > 2), key=lambda one: -one[1])
    assert [one.label for one in found] == [label for label, _, _ in wanted]
    assert [one.score for one in found] == pytest.approx([score for _, score, _ in wanted], abs=1e-5)
    for one, (_, _, there) in zip(found, wanted, strict=True):
        assert (pixels(one) != there).sum() <= 3


def test_yolov8_prototypes_make_masks_cut_to_their_boxes() -> None:
    corners, best, maps = boxes(1), scores(2), prototypes(3)
    coefficients = np.random.default_rng(4).normal(0, 1, (SCENES, OBJECTS, COEFFICIENTS)).astype(np.float32)
    centres = np.concatenate(
        ((corners[..., :2] + corners[..., 2:]) / 2, corners[..., 2:] - corners[..., :2]), 2
    )
    both = np.stack((best, best / 2), axis=2)
    both[:, ::2] = both[:, ::2, ::-1]
    output = np.concatenate((centres, both, coefficients), axis=2).transpose(0, 2, 1).astype(np.float32)

    each = found_by("yolov8-segment", {"output": np.ascontiguousarray(output), "prototypes": maps})

    for scene, found in enumerate(each):
        assert_same(
            found,
            [
                (
                    LABELS[1 - number % 2],
                    float(best[scene, number]),
                    of_prototypes(maps[scene], coefficients[scene, number], corners[scene, number]),
                )
                for number in range(OBJECTS)
            ],
        )


@pytest.mark.parametrize("coordinates", ["pixels", "normalised"])
def test_end_to_end_rows_make_the_same_masks(coordinates: str) -> None:
    corners, best, maps = boxes(5), scores(6), prototypes(7)
    coefficients = np.random.default_rng(8).normal(0, 1, (SCENES, OBJECTS, COEFFICIENTS)).astype(np.float32)
    given = corners / np.array(SIZE[::-1] * 2) if coordinates == "normalised" else corners
    rows = np.concatenate((given, best[..., None], np.ones((SCENES, OBJECTS, 1)), coefficients), axis=2)
    filled = np.pad(rows.astype(np.float32), ((0, 0), (0, 3), (0, 0)))

    each = found_by(
        "end2end-segment", {"output": filled, "prototypes": maps}, options={"coordinates": coordinates}
    )

    for scene, found in enumerate(each):
        wanted = [
            (
                "dog",
                float(best[scene, n]),
                of_prototypes(maps[scene], coefficients[scene, n], corners[scene, n]),
            )
            for n in range(OBJECTS)
        ]
        assert_same(found, wanted)


def pasted(mask: Array, box: Array) -> Array:
    """Over its box, pixel by pixel, with nothing around it."""
    side = len(mask)
    x1, y1, x2, y2 = (float(corner) * SCALE for corner in box)
    there = np.zeros(ORIGINAL, bool)
    framed = np.pad(mask, 1)
    for y in range(max(0, int(y1) - 1), min(ORIGINAL[0], int(y2) + 2)):
        for x in range(max(0, int(x1) - 1), min(ORIGINAL[1], int(x2) + 2)):
            column = (x + 0.5 - x1) / (x2 - x1) * side + 0.5
            row = (y + 0.5 - y1) / (y2 - y1) * side + 0.5
            if not (0 <= column <= side + 1 and 0 <= row <= side + 1):
                continue
            i, j = int(min(row, side)), int(min(column, side))
            a, b = row - i, column - j
            near = framed[i, j] * (1 - b) + framed[i, j + 1] * b
            far = framed[i + 1, j] * (1 - b) + framed[i + 1, j + 1] * b
            there[y, x] = near * (1 - a) + far * a > 0.5
    return there


def blobs(seed: int, side: int = 28) -> Array:
    coarse = np.random.default_rng(seed).uniform(0, 1, (SCENES, OBJECTS, 5, 5)).astype(np.float32)
    return np.array([[cv2.resize(one, (side, side)) for one in some] for some in coarse])


@pytest.mark.parametrize("head", ["mask-rcnn", "mmdet-segment"])
def test_masks_over_boxes_are_brought_to_the_pixels_of_the_original(head: str) -> None:
    corners, best, masks = boxes(9), scores(10), blobs(11)
    classes = np.tile(np.arange(OBJECTS) % 2, (SCENES, 1))
    rcnn = {"boxes": corners, "labels": classes, "scores": best, "masks": masks[:, :, None]}
    mmdet = {"dets": np.concatenate((corners, best[..., None]), axis=2), "labels": classes, "masks": masks}

    each = found_by(head, rcnn if head == "mask-rcnn" else mmdet)

    for scene, found in enumerate(each):
        wanted = [
            (LABELS[n % 2], float(best[scene, n]), pasted(masks[scene, n], corners[scene, n]))
            for n in range(OBJECTS)
        ]
        assert_same(found, wanted)


def test_masks_that_the_graph_pasted_are_enlarged() -> None:
    corners, best, small = boxes(12), scores(13), blobs(14)
    masks = np.zeros((SCENES, OBJECTS, *SIZE), np.float32)
    for scene in range(SCENES):
        for number, (x1, y1, x2, y2) in enumerate(corners[scene].astype(int)):
            masks[scene, number, y1:y2, x1:x2] = cv2.resize(small[scene, number], (x2 - x1, y2 - y1))
    classes = np.zeros((SCENES, OBJECTS), np.int64)

    each = found_by(
        "mmdet-segment",
        {"dets": np.concatenate((corners, best[..., None]), axis=2), "labels": classes, "masks": masks},
    )

    for scene, found in enumerate(each):
        large = [
            cv2.resize(mask, ORIGINAL[::-1], interpolation=cv2.INTER_LINEAR) > 0.5 for mask in masks[scene]
        ]
        assert_same(found, [("cat", float(best[scene, n]), large[n]) for n in range(OBJECTS)])


def test_masks_of_logits_that_are_said_to_be_probabilities_are_refused() -> None:
    corners, best = boxes(15), scores(16)
    masks = np.full((SCENES, OBJECTS, 28, 28), 5.0, np.float32)
    tables = {
        "dets": np.concatenate((corners, best[..., None]), axis=2),
        "labels": np.zeros((SCENES, OBJECTS), np.int64),
        "masks": masks,
    }
    with pytest.raises(Refused, match="A probability of 5 was found"):
        found_by("mmdet-segment", tables)
    assert all(
        len(found) == OBJECTS
        for found in found_by("mmdet-segment", tables, options={"activation": "sigmoid"})
    )
