from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from umbra.contracts.manifest import Input, Manifest, Thresholds
from umbra.contracts.prediction import Rectangle
from umbra.core.detections import Detections
from umbra.core.errors import Refused
from umbra.onnx.heads import head, heads, names
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.heads.suppression import suppress
from umbra.onnx.heads.yolov8_detect import Yolov8Detect
from umbra.onnx.projection import project

LABELS = ["cat", "dog"]
SIZE = (100, 100)
Anchor = tuple[float, float, float, float, float, float]
"""cx cy w h and the scores of cat and dog."""


def make_manifest(**thresholds: float | bool) -> Manifest:
    return Manifest(
        name="m",
        task="detection",
        head="yolov8-detect",
        labels=LABELS,
        input=Input(name="images", size=SIZE),
        thresholds=Thresholds(**thresholds),  # type: ignore[arg-type]
    )


def detect(
    *images: Sequence[Anchor], original: tuple[int, int] = SIZE, **thresholds: float | bool
) -> list[Detections]:
    anchors = max(map(len, images))
    output = np.zeros((len(images), 6, anchors), np.float32)
    for index, image in enumerate(images):
        output[index, :, : len(image)] = np.array(image, np.float32).reshape(-1, 6).T
    projections = [project(original, SIZE, "letterbox-centre")] * len(images)
    return Yolov8Detect()([output], make_manifest(**thresholds), projections)


def test_no_anchor_above_the_threshold_gives_no_detections() -> None:
    (found,) = detect([(50, 50, 10, 10, 0.04, 0.01)])

    assert (found.boxes.shape, found.scores.shape, found.classes.shape) == ((0, 4), (0,), (0,))
    assert found.boxes.dtype == found.scores.dtype == np.dtype(np.float32)
    assert found.classes.dtype == np.dtype(np.int64)


def test_detections_are_those_of_their_image_best_first() -> None:
    first, none, second = detect(
        [(20, 20, 10, 8, 0.3, 0.1), (80, 80, 10, 10, 0.2, 0.9)], [], [(50, 50, 20, 20, 0.05, 0.0)]
    )

    assert first.boxes.tolist() == [[75, 75, 10, 10], [15, 16, 10, 8]]
    assert first.classes.tolist() == [1, 0]
    assert len(none) == 0
    assert second.scores.tolist() == [np.float32(0.05)]


def test_boxes_are_cut_at_the_edges_of_the_image() -> None:
    (found,) = detect([(5, 50, 20, 300, 0.9, 0)], original=(50, 100))

    assert found.boxes.tolist() == [[0, 0, 15, 50]]


def test_boxes_in_the_border_of_a_letterbox_are_dropped() -> None:
    (found,) = detect([(50, 10, 20, 20, 0.9, 0), (50, 50, 20, 20, 0.3, 0)], original=(50, 100))

    assert found.boxes.tolist() == [[40, 15, 20, 20]]


OVERLAPPING = [(50, 50, 20, 20, 0.9, 0), (52, 50, 20, 20, 0, 0.8), (48, 50, 20, 20, 0.7, 0)]


def test_boxes_suppress_those_of_their_own_label() -> None:
    assert detect(OVERLAPPING)[0].scores.tolist() == np.array([0.9, 0.8], np.float32).tolist()


def test_boxes_suppress_each_other_when_the_label_does_not_count() -> None:
    assert len(detect(OVERLAPPING, class_agnostic=True)[0]) == 1


def test_at_most_max_detections_stay() -> None:
    assert len(detect([(x, 50, 4, 4, 0.5, 0) for x in range(5, 95, 5)], max_detections=7)[0]) == 7


def test_equal_scores_stay_in_the_order_of_the_anchors() -> None:
    (found,) = detect([(x, 50, 4, 4, 0.5, 0) for x in range(5, 95, 5)])

    assert found.boxes[:, 0].tolist() == [x - 2 for x in range(5, 95, 5)]


def test_half_precision_outputs_are_read() -> None:
    output = np.array([[50, 50, 10, 10, 0.5, 0]], np.float16).T[None]
    (found,) = Yolov8Detect()([output], make_manifest(), [project(SIZE, SIZE, "stretch")])

    assert found.boxes.dtype == found.scores.dtype == np.dtype(np.float32)
    assert found.boxes.tolist() == [[45, 45, 10, 10]]


def test_a_head_nobody_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refused, match=r"no head 'yolov99', only yolov8-detect"):
        head("yolov99")


def test_every_head_has_a_name() -> None:
    assert list(heads()) == names()


def kept_one_by_one(
    boxes: NDArray[np.float64], scores: NDArray[np.float32], classes: NDArray[np.int64], iou: float
) -> list[int]:
    """Non-maximum suppression as its definition says it."""
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable").tolist():
        if all(
            classes[other] != classes[index] or overlap(boxes[other], boxes[index]) <= iou for other in kept
        ):
            kept.append(index)
    return kept


def overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    sides = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    both = float(np.prod(np.maximum(sides, 0)))
    return both / float(a[2] * a[3] + b[2] * b[3] - both)


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(0, 300),
    spread=st.sampled_from([20, 200, 2000]),
    labels=st.sampled_from([1, 3, 80]),
    most=st.sampled_from([1, 40, 300]),
)
def test_suppression_is_that_of_the_definition(
    seed: int, count: int, spread: int, labels: int, most: int
) -> None:
    random = np.random.default_rng(seed)
    boxes = np.concatenate((random.uniform(0, spread, (count, 2)), random.uniform(5, 50, (count, 2))), axis=1)
    scores = random.uniform(0.05, 1, count).astype(np.float32).round(2)
    classes = random.integers(0, labels, count)

    kept = suppress(boxes, scores, classes, Thresholds(max_detections=most))

    assert kept.tolist() == kept_one_by_one(boxes, scores, classes, 0.5)[:most]


def make_detections(*scores: float) -> Detections:
    boxes = np.array([[15.2650003, 58.6450011, 15.0709997, 20.5939999]] * len(scores), np.float32)
    return Detections(boxes.reshape(-1, 4), np.array(scores, np.float32), np.ones(len(scores), np.int64))


def test_no_detections_are_no_shapes() -> None:
    assert shapes(make_detections(), make_manifest()) == ([], [])


def test_shapes_begin_at_the_operating_threshold_and_candidates_are_the_rest() -> None:
    found = shapes(make_detections(0.741089, 0.25, 0.2499994, 0.05), make_manifest())

    box = (15.265, 58.645, 15.071, 20.594)
    assert found.shapes == [Rectangle("dog", 0.741089, box), Rectangle("dog", 0.25, box)]
    assert found.candidates == [Rectangle("dog", 0.249999, box), Rectangle("dog", 0.05, box)]
