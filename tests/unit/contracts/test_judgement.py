"""What counting and comparing take of a prediction's shapes."""

import numpy as np
import pytest
from pycocotools import mask as reference

from umbra.contracts.judgement import shapes_of
from umbra.contracts.manifest import Task
from umbra.contracts.prediction import Classification, Mask, Polygon, Rectangle, Rle, Shape
from umbra.core.errors import InvalidMessage

BOX = Rectangle("car", 0.9, (1.0, 2.0, 3.0, 4.0))
TRIANGLE = Polygon("roof", 0.8, [(1.0, 2.0), (5.0, 2.0), (3.0, 8.0)])
CAT = Classification("cat", 0.7)


def mask(label: str, rows: slice, columns: slice) -> Mask:
    """Of an image of 6 x 8 pixels."""
    pixels = np.zeros((6, 8), np.uint8, order="F")
    pixels[rows, columns] = 1
    return Mask(label, 0.6, Rle((6, 8), reference.encode(pixels)["counts"].decode()))


SKY, ROAD = mask("sky", slice(0, 2), slice(0, 8)), mask("road", slice(3, 6), slice(2, 5))


@pytest.mark.parametrize(
    ("task", "shapes", "kind", "boxes", "masks"),
    [
        (None, [], "objects", 0, 0),
        (None, [BOX], "objects", 1, 0),
        (None, [CAT], "labels", 0, 0),
        ("detection", [BOX, TRIANGLE], "objects", 2, 0),
        ("instance-segmentation", [SKY, ROAD], "objects", 0, 2),
        ("instance-segmentation", [SKY, BOX], "objects", 2, 0),
        ("semantic-segmentation", [SKY, ROAD], "regions", 0, 2),
        ("semantic-segmentation", [SKY, SKY], "objects", 0, 2),
        ("classification", [CAT], "labels", 0, 0),
        ("classification", [], "labels", 0, 0),
    ],
)
def test_the_task_says_what_shapes_are_matched_by(
    task: Task | None, shapes: list[Shape], kind: str, boxes: int, masks: int
) -> None:
    found = shapes_of(shapes, task)

    assert (found.kind, len(found.boxes), len(found.masks)) == (kind, boxes, masks)
    assert list(found.labels) == [shape.label for shape in shapes]


def test_polygons_and_masks_among_others_have_the_box_around_them() -> None:
    found = shapes_of([BOX, TRIANGLE, ROAD, CAT, Polygon("dot", 0.1, [])], "instance-segmentation")

    assert list(map(tuple, found.boxes)) == [
        (1, 2, 3, 4),
        (1, 2, 4, 6),
        (2, 3, 3, 3),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
    ]


@pytest.mark.parametrize("counts", ["", "日", "P", "5"])
def test_a_mask_that_is_none_is_refused(counts: str) -> None:
    with pytest.raises(InvalidMessage, match="The mask of 'sky' is no run-length encoding"):
        shapes_of([Mask("sky", 0.5, Rle((6, 8), counts))], "semantic-segmentation")
