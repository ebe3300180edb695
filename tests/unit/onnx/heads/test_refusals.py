"""What a manifest that does not fit its model is told."""

from typing import Any

import numpy as np
import pytest

from tests.unit.onnx.heads.scene_graph import Tables, make_scene_graph, picture_of
from umbra.contracts.manifest import Input, Manifest
from umbra.core.errors import ImageError, Refused
from umbra.onnx.heads import head, names
from umbra.onnx.session import Model
from umbra.onnx.signature import Dim, Tensor

SIZE = (64, 96)
GOOD = (10.0, 10.0, 40.0, 40.0)


def make_manifest(name: str, labels: int = 2, **fields: Any) -> Manifest:
    return Manifest(
        name="m",
        task="detection",
        head=name,
        labels=[str(number) for number in range(labels)],
        input=Input(name="images", size=SIZE, pad=0),
        **fields,
    )


def real(*shape: int, value: float = 0.0) -> np.ndarray[Any, Any]:
    return np.full(shape, value, np.float32)


def tensors(name: str, *shapes: tuple[Dim, ...]) -> list[Tensor]:
    return [Tensor(role, "float", shape) for role, shape in zip(head(name).roles, shapes, strict=True)]


@pytest.mark.parametrize(
    ("name", "shapes", "said"),
    [
        ("yolov8-detect", [(1, 84, 8400)], None),
        ("yolov8-detect", [(1, 85, 8400)], "(images, 4 + 80 labels, anchors)"),
        ("yolov8-detect", [(1, 8400, 84)], "(images, 4 + 80 labels, anchors)"),
        ("yolov5-detect", [(1, 25200, 85)], None),
        ("yolov5-detect", [(1, 84, 8400)], "(images, anchors, 5 + 80 labels)"),
        ("yolox", [(None, 8400, 85)], None),
        ("yolox", [(None, 8400, 84)], "(images, anchors, 5 + 80 labels)"),
        ("end2end", [(1, 300, 6)], None),
        ("end2end", [(300, 6)], "(images, objects, 6)"),
        ("classification", [(None, 80)], None),
        ("classification", [(None, 80, 1, 1)], None),
        ("classification", [(None, 81)], "(images, 80 labels)"),
        ("classification", [(None, 80, 7, 7)], "(images, 80 labels)"),
        ("semantic-segmentation", [(1, 80, 128, 128)], None),
        ("semantic-segmentation", [(1, 128, 128, 81)], None),
        ("semantic-segmentation", [(1, 79, 128, 128)], "80 labels"),
        ("probability-map", [(1, 1, 128, 128)], "where one label is, and there are 80"),
        ("class-map", [(1, 128, 128)], "holds real numbers, not classes"),
        ("yolov8-segment", [(1, 116, 8400), (1, 32, 160, 160)], None),
        ("yolov8-segment", [(1, 84, 8400), (1, 32, 160, 160)], "36 + 80 labels"),
        ("end2end-segment", [(1, 300, 38), (1, 32, 160, 160)], None),
        ("end2end-segment", [(1, 300, 6), (1, 32, 160, 160)], "(images, objects, 38)"),
        ("mmdet-segment", [(1, 100, 5), (1, 100), (1, 100, 28, 28)], None),
        ("mmdet-segment", [(1, 100, 5), (1, 100), (1, 90, 28, 28)], "differ in the number of objects"),
        ("efficient-nms", [(1, 1), (1, 100, 4), (1, 100), (1, 100)], None),
        ("efficient-nms", [(1,), (1, 100, 4), (1, 100), (1, 100)], None),
        ("efficient-nms", [(1, 1), (1, 100, 4), (1, 90), (1, 100)], "differ in the number of objects"),
        ("torchvision-detect", [(1, 100, 4), (1, 100), (1, 100)], None),
        ("torchvision-detect", [(None, 4), (None,), (None,)], None),
        ("torchvision-detect", [(None, 5), (None,), (None,)], "(images, objects, 4)"),
        ("mmdet-detect", [(1, 100, 5), (1, 100)], None),
        ("mmdet-detect", [(1, 100, 4), (1, 100)], "(images, objects, 5)"),
        ("paddle-detect", [(None, 6), (None,)], None),
        ("paddle-detect", [(None, 7), (None,)], "(images, objects, 6)"),
        ("ssd", [(1, 8732, 4), (1, 8732, 81)], None),
        ("ssd", [(1, 8732, 4), (1, 8732, 80)], None),
        ("ssd", [(1, 8732, 4), (1, 8732, 82)], "80 labels or 1 + 80 labels"),
        ("detr", [(1, 100, 81), (1, 100, 4)], None),
        ("detr", [(1, 300, 80), (1, 300, 4)], None),
        ("detr", [(1, 100, 92), (1, 100, 4)], "1 + 80 labels or 80 labels"),
    ],
)
def test_a_head_says_which_outputs_it_cannot_read(
    name: str, shapes: list[tuple[Dim, ...]], said: str | None
) -> None:
    found = head(name).mismatch(tensors(name, *shapes), 80)

    assert found is None if said is None else said in str(found)


@pytest.mark.parametrize("name", [name for name in names() if head(name).task == "detection"])
def test_an_output_that_is_a_picture_is_read_by_no_detection_head(name: str) -> None:
    pictures = [Tensor(role, "float", (1, 21, 64, 96)) for role in head(name).roles]

    assert head(name).mismatch(pictures, 21) is not None


def test_scores_that_are_whole_numbers_are_the_labels() -> None:
    outputs = [
        Tensor("boxes", "float", (1, 100, 4)),
        Tensor("scores", "float", (1, 100)),
        Tensor("labels", "int64", (1, 100)),
    ]

    assert "labels int64 (1, 100) holds whole numbers" in str(head("torchvision-detect").mismatch(outputs, 2))


ROWS = {"boxes": np.tile(np.array(GOOD, np.float32), (2, 1, 1)), "scores": real(2, 1, value=0.5)}

REFUSED: list[tuple[Manifest, Tables, str]] = [
    (make_manifest("yolov8-detect"), {"output": real(2, 9, 5)}, r"\(images, 4 \+ 2 labels, anchors\)"),
    (make_manifest("yolov8-detect"), {"output": real(2, 30, 6)}, "Correct the manifest's head"),
    (make_manifest("yolov8-detect", 3), {"output": real(2, 6, 9)}, r"4 \+ 3 labels"),
    (
        make_manifest("yolov8-detect"),
        {"output": real(2, 6, 9, value=30.0)},
        "A score of 30 was found; they go from 0 to 1: export the model with its last activation",
    ),
    (
        make_manifest("end2end"),
        {"output": np.array([[[*GOOD, 0.9, 2]]] * 2, np.float32)},
        "Class 2 was found, and the manifest has 2 labels",
    ),
    (
        make_manifest("torchvision-detect", outputs={role: role for role in ("boxes", "labels", "scores")}),
        {**ROWS, "labels": np.full((2, 1), 2)},
        "give a label for every class the model knows, or correct the head's option background",
    ),
    (
        make_manifest("yolox"),
        {"output": real(2, 100, 7)},
        r"100 anchors; YOLOX has 126 or 127 .* 96 x 64 pixels: .*set the head's option boxes to decoded",
    ),
    (
        make_manifest("ssd", options={"background": "none"}),
        {"boxes": real(2, 9, 4), "scores": real(2, 9, 3)},
        "3 columns; with background none that makes 3 labels, and the manifest has 2",
    ),
    (
        make_manifest("detr"),
        {"logits": real(2, 9, 2), "boxes": real(2, 9, 4)},
        "2 columns; with background last that makes 1 labels, and the manifest has 2",
    ),
    (
        make_manifest("yolox", options={"boxes": "maybe"}),
        {"output": real(2, 126, 7)},
        "Option boxes of head yolox is grid or decoded, not 'maybe'",
    ),
    (
        make_manifest("ssd", options={"colour": "red"}),
        {"boxes": real(2, 9, 4), "scores": real(2, 9, 3)},
        "no option 'colour', only coordinates, boxes, background, activation",
    ),
    (
        make_manifest("mmdet-detect", options={"colour": "red"}),
        {"dets": real(2, 9, 5), "labels": real(2, 9)},
        "no option 'colour', none at all",
    ),
]


@pytest.mark.parametrize(("manifest", "tables", "said"), REFUSED)
def test_a_model_that_its_head_cannot_read_is_not_loaded(
    manifest: Manifest, tables: Tables, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        Model.load(make_scene_graph(tables, SIZE), manifest, threads=1)


def test_a_graph_of_several_images_at_once_must_tell_them_apart() -> None:
    tables = {"boxes": real(2, 9, 6), "counts": np.full((2, 1), 9, np.int32)}
    graph = make_scene_graph(tables, SIZE, images=4, rows={"boxes": [9, 9], "counts": [1, 1]})

    with pytest.raises(Refused, match="no axis for the images, yet the graph takes 4 at once"):
        Model.load(graph, make_manifest("paddle-detect"), threads=1)


def test_a_class_without_a_label_fails_the_images_it_is_found_in_and_no_other() -> None:
    rows = [[*GOOD, 0.9, 1], [*GOOD, 0.9, 7], [*GOOD, 0.8, 0]]
    graph = make_scene_graph({"output": np.array(rows, np.float32)[:, None]}, SIZE)
    model = Model.load(graph, make_manifest("end2end"), threads=1)

    first, second, third = model.infer_images([picture_of(scene, *SIZE) for scene in (0, 1, 2)])

    assert isinstance(second, ImageError)
    assert str(second).startswith("Model m cannot be understood: Class 7 was found")
    assert [one.classes.tolist() for one in (first, third) if not isinstance(one, ImageError)] == [[1], [0]]


@pytest.mark.parametrize("images", [[1], [1, 1], [0, 1]])
def test_an_image_of_nothing_but_nan_fails_alone(images: list[int]) -> None:
    rows = np.array([[[*GOOD, 0.9, 1]], [[np.nan] * 6]], np.float32)
    model = Model.load(make_scene_graph({"output": rows}, SIZE), make_manifest("end2end"), threads=1)

    outcomes = model.infer_images([picture_of(scene, *SIZE) for scene in images])

    assert [isinstance(outcome, ImageError) for outcome in outcomes] == [scene == 1 for scene in images]
