"""Reviews as data sets to train on: what is written is read back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from umbra.contracts.http.review import Review
from umbra.datasets import coco, ultralytics
from umbra.datasets.labelled import Written

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BOX = {"type": "rectangle", "label": "cat", "box": [8.0, 6.0, 16.0, 12.0]}
POLYGON = {"type": "polygon", "label": "dog", "points": [(4.0, 6.0), (12.0, 6.0), (12.0, 30.0)]}
MASK = {"type": "mask", "label": "owl", "rle": {"size": [60, 80], "counts": "0g23"}}


def review(image_id: str, *shapes: dict[str, Any], size: Sequence[int | None] = (80, 60)) -> Review:
    width, height = size
    return Review(
        image_id, NOW, 0, 0, 1, [*shapes], None, None, "somebody", NOW, width, height, None, [], None, False
    )


def test_coco_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    mask = MASK | {"rle": {"size": [60, 80], "counts": _square()}}

    assert coco.write(
        file, [review("a.png", BOX, {**BOX, "crowd": True}), review("b.png")], ["dog", "cat"]
    ) == Written(2)
    first, second = coco.read(file, "detection")
    assert first.shapes == [BOX | {"area": 192.0}, BOX | {"area": 192.0, "crowd": True}]
    assert second.shapes == []

    coco.write(file, [review("a.png", POLYGON, mask)], [])
    (both,) = coco.read(file, "instance-segmentation")
    assert both.shapes == [POLYGON | {"area": 96.0}, mask | {"area": 12}]
    (boxes,) = coco.read(file, "detection")
    assert [shape["box"] for shape in boxes.shapes] == [[4.0, 6.0, 8.0, 24.0], [10.0, 20.0, 4.0, 3.0]]


def _square() -> str:
    """Columns 10 to 13, rows 20 to 22."""
    from faster_coco_eval import mask

    (rle,) = mask.frPyObjects([[10, 20, 14, 20, 14, 23, 10, 23]], 60, 80)
    text: str = rle["counts"].decode()
    return text


def test_ultralytics_is_read_back(tmp_path: Path) -> None:
    reviews = [
        review("cam/a.png", BOX, POLYGON),
        review("b.png"),
        review("c.png", MASK),
        review("d", size=(None, None)),
    ]

    assert ultralytics.write(tmp_path, reviews, ["dog"], lambda _: b"image") == Written(2, left_out=2)

    second, first = sorted(ultralytics.read(tmp_path), key=lambda one: one.image)
    assert (first.image, second.image, second.shapes) == ("cam/a.png", "b.png", [])
    box, polygon = first.shapes
    assert (box["label"], box["box"]) == ("cat", pytest.approx([0.1, 0.1, 0.2, 0.2]))
    assert polygon["points"][2] == pytest.approx((0.15, 0.5))
    assert (tmp_path / "images/cam/a.png").read_bytes() == b"image"


@pytest.mark.parametrize(
    "image_id", ["../../etc/passwd", "/etc/passwd", "..", "a\\..\\b", ".", "nul\0.png", "ü" * 900]
)
def test_an_id_stays_within_the_directory(tmp_path: Path, image_id: str) -> None:
    inside = tmp_path / "in"
    ultralytics.write(inside, [review(image_id, BOX)], [], lambda _: b"image")

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert all(path.is_relative_to(inside) for path in files)


@pytest.mark.parametrize(
    "image_ids",
    [
        ("a.png", "a.png"),
        ("a.png", "a.jpg"),
        ("a", "a.jpg"),
        ("..", "image"),
        ("a", "a.jpg/b"),
        ("a", "a.txt/b"),
    ],
)
def test_no_image_is_written_over_another(tmp_path: Path, image_ids: tuple[str, str]) -> None:
    reviews = [replace(review(name, BOX), offset=offset) for offset, name in enumerate(image_ids)]
    ultralytics.write(tmp_path, reviews, [], lambda which: str(which.offset).encode())

    images = [path.read_bytes() for path in (tmp_path / "images").rglob("*") if path.is_file()]
    assert sorted(images) == [b"0", b"1"]
    assert len([path for path in (tmp_path / "labels").rglob("*") if path.is_file()]) == len(image_ids)


def test_an_image_that_is_not_kept_leaves_its_labels(tmp_path: Path) -> None:
    written = ultralytics.write(tmp_path, [review("a.png", BOX)], [], lambda _: None)

    assert written == Written(1, without_image=1)
    assert (tmp_path / "labels/a.txt").read_text() == "0 0.2 0.2 0.2 0.2\n"
    assert not (tmp_path / "images").exists()
