"""What models give for an image with so many objects, for each head in the size that is usual for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Task

Array = NDArray[Any]

SIDE = 640
"""Pixels of a side of the input, and of the image."""

MOST = 300
"""Objects in an image at most, as there are cells to put them in."""

_COLUMNS = 20


class Objects:
    """Objects in a random order of places, of random labels, none touching another.

    Attributes:
        corners: (N, 4), x1 y1 x2 y2 in pixels.
        scores, classes: (N,).
        labels: how many there are.
    """

    def __init__(self, count: int, labels: int) -> None:
        self.random = np.random.default_rng(count)
        cells = self.random.permutation(MOST)[:count]
        low = np.stack((cells % _COLUMNS, cells // _COLUMNS), axis=1) * 32.0 + 4
        self.corners = np.concatenate((low, low + self.random.uniform(8, 24, (count, 2))), axis=1)
        self.scores = self.random.uniform(0.1, 0.9, count)
        self.classes = self.random.integers(0, labels, count)
        self.labels = labels

    @property
    def centres(self) -> Array:
        low, high = self.corners[:, :2], self.corners[:, 2:]
        return np.concatenate(((low + high) / 2, high - low), axis=1)

    def of_each_label(self, floor: float) -> Array:
        """(N, labels): scores below `floor`, but for the label of each object."""
        scores = self.random.uniform(0, floor, (len(self.scores), self.labels))
        scores[np.arange(len(scores)), self.classes] = self.scores
        return scores

    def among(self, rows: int, columns: Array, nothing: Array | float = 0.0) -> Array:
        """(1, rows, …): the objects' columns in random rows, and `nothing` in the others."""
        filled = np.empty((rows, columns.shape[1]), np.float32)
        filled[:] = nothing
        places = np.random.default_rng(rows).permutation(rows)[: len(columns)]
        filled[places] = columns
        return filled[None]

    def first(self, *columns: Array) -> Array:
        """(1, 300, …): the objects best first, then rows that say nothing."""
        objects = np.column_stack(columns)[np.argsort(-self.scores)]
        rows = np.zeros((1, MOST, objects.shape[1]), np.float32)
        rows[0, : len(objects)] = objects
        return rows


@dataclass(frozen=True, slots=True)
class Subject:
    """
    Attributes:
        text: the size of its outputs.
        outputs: by role, of one image with the objects.
        of_objects: finds each of them; else it says something of the whole image.
    """

    head: str
    text: str
    labels: int
    outputs: Callable[[Objects], list[Array]]
    options: dict[str, str] = field(default_factory=dict)
    task: Task = "detection"
    of_objects: bool = True


def _yolov8(objects: Objects) -> list[Array]:
    rows = objects.among(8400, np.hstack((objects.centres, objects.of_each_label(0.04))), _noise(84, 0.04))
    return [rows.transpose(0, 2, 1).copy()]


def _yolov5(objects: Objects) -> list[Array]:
    return [_with_objectness(objects, 25200)]


def _yolox(objects: Objects) -> list[Array]:
    """Each box in the middle of its own cell, and half as large."""
    output = _with_objectness(objects, 8400)
    output[..., :2], output[..., 2:4] = 0.5, np.log(0.5)
    return [output]


def _with_objectness(objects: Objects, anchors: int) -> Array:
    certain = np.ones((len(objects.scores), 1))
    rows = np.hstack((objects.centres, certain, objects.of_each_label(0.04)))
    return objects.among(anchors, rows, _noise(85, 0.04))


def _end2end(objects: Objects) -> list[Array]:
    return [objects.first(objects.corners, objects.scores, objects.classes)]


def _efficient_nms(objects: Objects) -> list[Array]:
    (rows,) = _end2end(objects)
    count = np.array([[len(objects.scores)]], np.int32)
    return [count, rows[..., :4], rows[..., 4], rows[..., 5].astype(np.int32)]


def _torchvision(objects: Objects) -> list[Array]:
    rows = _end2end(objects)[0][:, : len(objects.scores)]
    return [rows[..., :4], rows[..., 5].astype(np.int64), rows[..., 4]]


def _mmdet(objects: Objects) -> list[Array]:
    rows = _end2end(objects)[0]
    return [rows[..., :5], rows[..., 5].astype(np.int64)]


def _paddle(objects: Objects) -> list[Array]:
    rows = objects.first(objects.classes, objects.scores, objects.corners)[:, : len(objects.scores)]
    return [rows, np.array([len(objects.scores)], np.int32)]


def _ssd(objects: Objects) -> list[Array]:
    scores = np.hstack((np.zeros((len(objects.scores), 1)), objects.of_each_label(0.04)))
    both = objects.among(8732, np.hstack((objects.corners / SIDE, scores)), _noise(85, 0.04))
    return [both[..., :4].copy(), both[..., 4:].copy()]


def _detr(objects: Objects) -> list[Array]:
    certain = objects.of_each_label(0.01)
    logits = np.hstack((np.log(certain / (1 - certain)), np.zeros((len(certain), 1))))
    nothing = np.append(np.full(objects.labels, -9.0), 0.0)
    return [objects.among(MOST, logits, nothing), objects.among(MOST, objects.centres / SIDE, 0.5)]


def _rtdetr(objects: Objects) -> list[Array]:
    logits, boxes = _detr(objects)
    return [logits[..., :-1].copy(), boxes]


def _yolov8_segment(objects: Objects) -> list[Array]:
    """Each object fills its box."""
    coefficients = np.zeros((len(objects.scores), 32))
    coefficients[:, 0] = 9
    rows = np.hstack((objects.centres, objects.of_each_label(0.04), coefficients))
    filled = objects.among(8400, rows, _noise(116, 0.04))
    return [filled.transpose(0, 2, 1).copy(), np.ones((1, 32, SIDE // 4, SIDE // 4), np.float32)]


def _end2end_segment(objects: Objects) -> list[Array]:
    coefficients = np.zeros((len(objects.scores), 32))
    coefficients[:, 0] = 9
    rows = objects.first(objects.corners, objects.scores, objects.classes, coefficients)
    return [rows, np.ones((1, 32, SIDE // 4, SIDE // 4), np.float32)]


def _mmdet_segment(objects: Objects) -> list[Array]:
    boxes, labels = _mmdet(objects)
    return [boxes, labels, np.ones((*labels.shape, 28, 28), np.float32)]


def _class_map(objects: Objects) -> list[Array]:
    return [_semantic(objects)[0].argmax(1)]


def _mask_rcnn(objects: Objects) -> list[Array]:
    boxes, labels, scores = _torchvision(objects)
    return [boxes, labels, scores, np.ones((*scores.shape, 1, 28, 28), np.float32)]


def _semantic(objects: Objects) -> list[Array]:
    """Regions where the objects are, and the first label everywhere else."""
    side = SIDE // 4
    logits = objects.random.uniform(0, 1, (1, objects.labels, side, side)).astype(np.float32)
    logits[:, 0] += 2
    for (left, top, right, bottom), label in zip(objects.corners // 4, objects.classes, strict=True):
        logits[0, label, int(top) : int(bottom) + 1, int(left) : int(right) + 1] += 9
    return [logits]


def _probability(objects: Objects) -> list[Array]:
    scores = np.full((1, 1, SIDE // 4, SIDE // 4), -9, np.float32)
    for left, top, right, bottom in objects.corners // 4:
        scores[0, 0, int(top) : int(bottom) + 1, int(left) : int(right) + 1] = 9
    return [scores]


def _classes(objects: Objects) -> list[Array]:
    return [objects.random.normal(0, 3, (1, objects.labels)).astype(np.float32)]


def _noise(columns: int, most: float) -> Array:
    return np.random.default_rng(columns).uniform(0, most, columns)


RTDETR = {"activation": "sigmoid", "labels": "ranked"}

SUBJECTS = [
    Subject("yolov8-detect", "8,400 anchors x 80 labels", 80, _yolov8),
    Subject("yolov5-detect", "25,200 anchors x 80 labels", 80, _yolov5),
    Subject("yolox", "8,400 anchors x 80 labels", 80, _yolox),
    Subject("ssd", "8,732 anchors x 81 labels", 80, _ssd),
    Subject("detr", "300 queries x 81 labels, softmax", 80, _detr),
    Subject("detr", "300 queries x 80 labels, sigmoid, ranked", 80, _rtdetr, RTDETR),
    Subject("end2end", "300 rows", 80, _end2end),
    Subject("efficient-nms", "300 rows", 80, _efficient_nms),
    Subject("torchvision-detect", "a row an object", 80, _torchvision),
    Subject("mmdet-detect", "300 rows", 80, _mmdet),
    Subject("paddle-detect", "a row an object", 80, _paddle),
    Subject(
        "yolov8-segment",
        "8,400 anchors x 80 labels, 32 prototypes of 160 x 160",
        80,
        _yolov8_segment,
        task="instance-segmentation",
    ),
    Subject("end2end-segment", "300 rows, 32 prototypes", 80, _end2end_segment, task="instance-segmentation"),
    Subject("mmdet-segment", "300 rows, masks of 28 x 28", 80, _mmdet_segment, task="instance-segmentation"),
    Subject("mask-rcnn", "masks of 28 x 28", 80, _mask_rcnn, task="instance-segmentation"),
    Subject(
        "semantic-segmentation",
        "21 labels x 160 x 160",
        21,
        _semantic,
        task="semantic-segmentation",
        of_objects=False,
    ),
    Subject("class-map", "160 x 160", 21, _class_map, task="semantic-segmentation", of_objects=False),
    Subject(
        "probability-map",
        "160 x 160",
        1,
        _probability,
        {"activation": "sigmoid"},
        task="semantic-segmentation",
        of_objects=False,
    ),
    Subject("classification", "1,000 labels", 1000, _classes, task="classification", of_objects=False),
]
