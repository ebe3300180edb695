"""Labelled data sets of others, read as reviews."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_coco_eval import mask as masks

from umbra.core.errors import Refused
from umbra.datasets import class_folders, coco, ultralytics, voc
from umbra.datasets.labelled import Labelled

BOX = {"id": 7, "image_id": 1, "category_id": 3, "bbox": [10, 20, 30, 40], "area": 900, "iscrowd": 1}


def coco_file(directory: Path, *annotations: dict[str, Any], **more: Any) -> Path:
    whole = {
        "images": [
            {"id": 1, "file_name": "val/a.png", "width": 8, "height": 6},
            {"id": 2, "file_name": "b.png", "width": 8, "height": 6},
        ],
        "annotations": annotations,
        "categories": [{"id": 3, "name": "cat"}],
    }
    file = directory / "gt.json"
    file.write_text(json.dumps(whole | more))
    return file


def test_coco_boxes_with_their_area_and_crowds_and_images_without_any(tmp_path: Path) -> None:
    first, second = coco.read(coco_file(tmp_path, BOX), "detection")

    assert first.image_ids == ["val/a.png", "a.png", "a"]
    assert first.shapes == [
        {"type": "rectangle", "label": "cat", "box": [10, 20, 30, 40], "area": 900, "crowd": True}
    ]
    assert (second.image, second.shapes) == ("b.png", [])


def test_coco_segmentations_of_every_kind(tmp_path: Path) -> None:
    square = [0, 0, 4, 0, 4, 3, 0, 3]
    far = [5, 0, 8, 0, 8, 3, 5, 3]
    compressed = {"size": [6, 8], "counts": masks.frPyObjects([square], 6, 8)[0]["counts"].decode()}
    uncompressed = {"size": [6, 8], "counts": [0, 3, 45]}
    given = [[square], [square, far], compressed, uncompressed]
    annotations = [{"id": n, "image_id": 1, "category_id": 3, "segmentation": s} for n, s in enumerate(given)]

    one, several, text, counts = next(
        iter(coco.read(coco_file(tmp_path, *annotations), "instance-segmentation"))
    ).shapes

    assert one == {"type": "polygon", "label": "cat", "points": [(0, 0), (4, 0), (4, 3), (0, 3)]}
    assert int(masks.area([several["rle"] | {"counts": several["rle"]["counts"].encode()}])[0]) == 21
    assert text["rle"] == compressed
    pixels = masks.decode(counts["rle"] | {"counts": counts["rle"]["counts"].encode()})
    assert np.flatnonzero(pixels.ravel(order="F")).tolist() == [0, 1, 2]


def test_of_a_classification_coco_says_the_category(tmp_path: Path) -> None:
    first = next(iter(coco.read(coco_file(tmp_path, BOX), "classification")))
    assert first.shapes == [{"type": "classification", "label": "cat"}]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"images": None}, "is no COCO ground truth"),
        ({"categories": []}, "annotation 7 cannot be read: KeyError"),
    ],
)
def test_what_is_no_coco_is_refused(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        list(coco.read(coco_file(tmp_path, BOX, **change), "detection"))


def test_a_file_that_is_not_there_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Cannot read"):
        list(coco.read(tmp_path / "gone.json", "detection"))
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(Refused, match="is no COCO ground truth"):
        list(coco.read(tmp_path / "x.json", "detection"))


def yolo(directory: Path, text: str, names: str = "names: [cat, dog]") -> Path:
    for folder in ("labels/val", "images/val"):
        (directory / folder).mkdir(parents=True)
    (directory / "data.yaml").write_text(names)
    (directory / "labels/val/a.txt").write_text(text)
    for image in ("a.png", "b.jpg"):
        (directory / "images/val" / image).touch()
    return directory


@pytest.mark.parametrize("names", ["names: [cat, dog]", "names: {0: cat, 1: dog}"])
def test_yolo_boxes_and_polygons_in_shares_of_the_image(tmp_path: Path, names: str) -> None:
    text = "1 0.5 0.5 0.25 0.5\n\n0 0.1 0.1 0.2 0.1 0.2 0.3\n"
    first, second = ultralytics.read(yolo(tmp_path, text, names))

    assert first.relative
    assert (first.image, second) == ("val/a.png", Labelled("val/b.jpg", [], relative=True))
    assert first.shapes == [
        {"type": "rectangle", "label": "dog", "box": [0.375, 0.25, 0.25, 0.5]},
        {"type": "polygon", "label": "cat", "points": [(0.1, 0.1), (0.2, 0.1), (0.2, 0.3)]},
    ]


@pytest.mark.parametrize("line", ["2 0.5 0.5 0.1 0.1", "0 0.5 x 0.1 0.1", "0 0.1 0.1 0.2 0.1 0.3", "cat"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(Refused, match=r"a\.txt:2: .* is no box and no polygon"):
        list(ultralytics.read(yolo(tmp_path, f"0 0.5 0.5 0.1 0.1\n{line}\n")))


def test_yolo_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not say the names of the classes"):
        list(ultralytics.read(yolo(tmp_path, "", "path: .")))


def voc_file(directory: Path, objects: str, head: str = "") -> Path:
    text = f"{head}<annotation><filename>a.jpg</filename>{objects}</annotation>"
    (directory / "a.xml").write_text(text)
    return directory


def test_voc_counts_pixels_from_one_and_both_corners_are_within(tmp_path: Path) -> None:
    box = "<xmin>1</xmin><ymin>11</ymin><xmax>20</xmax><ymax>30</ymax>"
    (found,) = voc.read(voc_file(tmp_path, f"<object><name>cat</name><bndbox>{box}</bndbox></object>"))

    assert found == Labelled("a.jpg", [{"type": "rectangle", "label": "cat", "box": [0.0, 10.0, 20.0, 20.0]}])


@pytest.mark.parametrize(
    ("objects", "head", "why"),
    [
        ("<object><name>cat</name></object>", "", "is no Pascal VOC annotation: could not convert"),
        ("<object>", "", "is no Pascal VOC annotation: mismatched tag"),
        ("", '<!DOCTYPE a [<!ENTITY b "c">]>', "declares a document type"),
    ],
)
def test_broken_voc_is_refused(tmp_path: Path, objects: str, head: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        list(voc.read(voc_file(tmp_path, objects, head)))


def test_class_folders(tmp_path: Path) -> None:
    for name in ("cat/1.png", "dog/deep/2.JPG", "readme.txt", "top.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    found = list(class_folders.read(tmp_path))

    assert [(one.image, one.shapes[0]["label"]) for one in found] == [
        ("cat/1.png", "cat"),
        ("dog/deep/2.JPG", "deep"),
    ]
    with pytest.raises(Refused, match="has no folder with images"):
        list(class_folders.read(tmp_path / "cat"))
    with pytest.raises(Refused, match="There is no directory"):
        list(class_folders.read(tmp_path / "gone"))
