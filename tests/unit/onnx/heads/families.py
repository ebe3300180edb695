"""Families of detectors: what their graphs write for given objects, and how their authors' code reads it.

Both directions are written down here by themselves, in plain Python, from the exporting libraries' published
definitions, and share nothing with the heads.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, floor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Size = tuple[int, int]


class Object(NamedTuple):
    """Class, score and corners in pixels of the model's input."""

    number: int
    score: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Scenes:
    """What a model is to find.

    Attributes:
        corners: (T, K, 4) float64, x1 y1 x2 y2 in pixels of the input.
        scores: (T, K, C), for each label; those of a box sum to less than 1.
        size: height, width of the input.
    """

    corners: Array
    scores: Array
    size: Size

    @property
    def centres(self) -> Array:
        """cx cy w h."""
        low, high = self.corners[..., :2], self.corners[..., 2:]
        return np.concatenate(((low + high) / 2, high - low), axis=-1)

    @property
    def best(self) -> Array:
        best: Array = self.scores.max(axis=2)
        return best

    @property
    def classes(self) -> Array:
        classes: Array = self.scores.argmax(axis=2)
        return classes

    def normalised(self, boxes: Array) -> Array:
        height, width = self.size
        return boxes / (width, height, width, height)


@dataclass(frozen=True)
class Family:
    """
    Attributes:
        write: scenes to the graph's outputs, by role; each with an axis for the scenes.
        read: the outputs of one scene, and the size of the input, to what they say.
        cut: roles without an axis for the images, whose number of rows is that of the objects.
    """

    head: str
    write: Callable[[Scenes], dict[str, Array]]
    read: Callable[[Mapping[str, Array], Size], Iterator[Object]]
    options: dict[str, str] = field(default_factory=dict)
    suppresses: bool = False
    one_image: bool = False
    cut: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [f"{name}={choice}" for name, choice in self.options.items()]
        return " ".join([self.head, *said, *(["one image"] if self.one_image else [])])


def float32(*columns: Array) -> Array:
    return np.concatenate(columns, axis=-1).astype(np.float32)


def from_centre(cx: float, cy: float, w: float, h: float) -> tuple[float, float, float, float]:
    return cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2


def to_pixels(box: tuple[float, ...], size: Size) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    return x1 * size[1], y1 * size[0], x2 * size[1], y2 * size[0]


# ---- YOLO


def write_yolov8(scenes: Scenes) -> dict[str, Array]:
    return {"output": float32(scenes.centres, scenes.scores).transpose(0, 2, 1).copy()}


def read_yolov8(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for column in outputs["output"].T.tolist():
        scores = column[4:]
        yield Object(scores.index(max(scores)), max(scores), from_centre(*column[:4]))


def with_objectness(boxes: Array, scores: Array) -> Array:
    likely = np.sqrt(scores.max(axis=-1, keepdims=True))
    return float32(boxes, likely, scores / np.where(likely > 0, likely, 1))


def write_yolov5(scenes: Scenes) -> dict[str, Array]:
    return {"output": with_objectness(scenes.centres, scenes.scores)}


def read_yolov5(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for row in outputs["output"].tolist():
        scores = [row[4] * likely for likely in row[5:]]
        yield Object(scores.index(max(scores)), max(scores), from_centre(*row[:4]))


def cells(size: Size) -> list[tuple[int, int, int]]:
    """x, y and stride of each of YOLOX's anchors."""
    return [
        (x, y, stride)
        for stride in (8, 16, 32)
        for y in range(size[0] // stride)
        for x in range(size[1] // stride)
    ]


def write_yolox_grid(scenes: Scenes) -> dict[str, Array]:
    anchors = np.array(cells(scenes.size), np.float64)
    count, objects, labels = scenes.scores.shape
    places = np.linspace(0, len(anchors) - 1, objects).astype(int)
    x_y, stride = anchors[places, :2], anchors[places, 2:]

    boxes, scores = np.zeros((count, len(anchors), 4)), np.zeros((count, len(anchors), labels))
    boxes[:, places, :2] = scenes.centres[..., :2] / stride - x_y
    boxes[:, places, 2:] = np.log(scenes.centres[..., 2:] / stride)
    scores[:, places] = scenes.scores
    return {"output": with_objectness(boxes, scores)}


def read_yolox_grid(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for (x, y, stride), row in zip(cells(size), outputs["output"].tolist(), strict=True):
        box = ((row[0] + x) * stride, (row[1] + y) * stride, exp(row[2]) * stride, exp(row[3]) * stride)
        scores = [row[4] * likely for likely in row[5:]]
        yield Object(scores.index(max(scores)), max(scores), from_centre(*box))


# ---- NMS in the graph


def filled_up(scenes: Scenes, *, score: float, number: float) -> tuple[Array, Array, Array]:
    """Corners, scores and classes of the objects, and of three rows that say nothing."""
    more = ((0, 0), (0, 3))
    return (
        np.pad(scenes.corners, (*more, (0, 0)), constant_values=9.0),
        np.pad(scenes.best, more, constant_values=score),
        np.pad(scenes.classes.astype(float), more, constant_values=number),
    )


def write_end2end(scenes: Scenes) -> dict[str, Array]:
    corners, scores, classes = filled_up(scenes, score=0, number=0)
    return {"output": float32(corners, scores[..., None], classes[..., None])}


def write_end2end_normalised(scenes: Scenes) -> dict[str, Array]:
    output = write_end2end(scenes)["output"]
    return {"output": float32(scenes.normalised(output[..., :4]), output[..., 4:])}


def read_end2end(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for x1, y1, x2, y2, score, number in outputs["output"].tolist():
        if score > 0:
            yield Object(int(number), score, (x1, y1, x2, y2))


def read_end2end_normalised(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for number, score, box in read_end2end(outputs, size):
        yield Object(number, score, to_pixels(box, size))


def write_efficient_nms(scenes: Scenes) -> dict[str, Array]:
    # What lies behind the count is whatever the memory held.
    corners, scores, classes = filled_up(scenes, score=0.9, number=1)
    return {
        "counts": np.full((len(scores), 1), scenes.best.shape[1], np.int32),
        "boxes": corners.astype(np.float32),
        "scores": scores.astype(np.float32),
        "classes": classes.astype(np.int32),
    }


def write_tensorflow(scenes: Scenes) -> dict[str, Array]:
    written = write_efficient_nms(scenes)
    return {
        "counts": written["counts"][:, 0].astype(np.float32),
        "boxes": scenes.normalised(written["boxes"])[..., [1, 0, 3, 2]].astype(np.float32),
        "scores": written["scores"],
        "classes": (written["classes"] + 1).astype(np.float32),
    }


def read_efficient_nms(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for row in range(int(outputs["counts"][0])):
        x1, y1, x2, y2 = outputs["boxes"][row].tolist()
        yield Object(int(outputs["classes"][row]), float(outputs["scores"][row]), (x1, y1, x2, y2))


def read_tensorflow(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for row in range(int(outputs["counts"])):
        y1, x1, y2, x2 = outputs["boxes"][row].tolist()
        box = to_pixels((x1, y1, x2, y2), size)
        yield Object(int(outputs["classes"][row]) - 1, float(outputs["scores"][row]), box)


def write_torchvision(scenes: Scenes) -> dict[str, Array]:
    return {
        "boxes": scenes.corners.astype(np.float32),
        "labels": scenes.classes.astype(np.int64),
        "scores": scenes.best.astype(np.float32),
    }


def write_zoo_ssd(scenes: Scenes) -> dict[str, Array]:
    corners, scores, classes = filled_up(scenes, score=0, number=-1)
    return {
        "boxes": scenes.normalised(corners).astype(np.float32),
        "labels": (classes + 1).astype(np.int64),
        "scores": scores.astype(np.float32),
    }


def read_torchvision(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    lists = (outputs[name].tolist() for name in ("boxes", "labels", "scores"))
    for box, label, score in zip(*lists, strict=True):
        yield Object(label, score, tuple(box))


def read_zoo_ssd(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for label, score, box in read_torchvision(outputs, size):
        if label > 0:
            yield Object(label - 1, score, to_pixels(box, size))


def write_mmdet(scenes: Scenes) -> dict[str, Array]:
    corners, scores, classes = filled_up(scenes, score=0.3, number=-1)
    return {"dets": float32(corners, scores[..., None]), "labels": classes.astype(np.int64)}


def read_mmdet(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for (x1, y1, x2, y2, score), label in zip(
        outputs["dets"].tolist(), outputs["labels"].tolist(), strict=True
    ):
        if label >= 0:
            yield Object(label, score, (x1, y1, x2, y2))


def write_paddle(scenes: Scenes) -> dict[str, Array]:
    boxes = float32(scenes.classes[..., None], scenes.best[..., None], scenes.corners)
    return {"boxes": boxes, "counts": np.full((len(boxes), 1), boxes.shape[1], np.int32)}


def read_paddle(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for number, score, *box in outputs["boxes"].tolist():
        if number > -1:
            yield Object(int(number), score, tuple(box))


# ---- a score for every label


def absent(scenes: Scenes) -> Array:
    """(T, K, 1): how probably a box holds no object."""
    present: Array = scenes.scores.sum(axis=2, keepdims=True)
    return 1 - present


def write_ssd(scenes: Scenes) -> dict[str, Array]:
    return {
        "boxes": scenes.normalised(scenes.corners).astype(np.float32),
        "scores": float32(absent(scenes), scenes.scores),
    }


def write_ssd_logits(scenes: Scenes) -> dict[str, Array]:
    """Boxes cx cy w h in pixels, the background last, before the softmax."""
    logits = np.log(np.concatenate((scenes.scores, absent(scenes)), axis=-1))
    return {
        "boxes": scenes.centres.astype(np.float32),
        "scores": float32(logits + scenes.corners[..., :1] / 9),
    }


def read_ssd(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for box, scores in zip(outputs["boxes"].tolist(), outputs["scores"].tolist(), strict=True):
        for number, score in enumerate(scores[1:]):
            yield Object(number, score, to_pixels(box, size))


def read_ssd_logits(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for box, logits in zip(outputs["boxes"].tolist(), outputs["scores"].tolist(), strict=True):
        for number, score in enumerate(softmax(logits)[:-1]):
            yield Object(number, score, from_centre(*box))


def softmax(logits: list[float]) -> list[float]:
    powers = [exp(logit) for logit in logits]
    return [power / sum(powers) for power in powers]


def write_detr(scenes: Scenes) -> dict[str, Array]:
    return {
        "logits": write_ssd_logits(scenes)["scores"],
        "boxes": scenes.normalised(scenes.centres).astype(np.float32),
    }


def read_detr(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    """As `post_process_object_detection` of DETR: the best label, no-object aside."""
    for box, logits in zip(outputs["boxes"].tolist(), outputs["logits"].tolist(), strict=True):
        scores = softmax(logits)[:-1]
        yield Object(scores.index(max(scores)), max(scores), to_pixels(from_centre(*box), size))


def write_detr_sigmoid(scenes: Scenes) -> dict[str, Array]:
    scores = scenes.scores.clip(1e-9, 1 - 1e-9)
    return {**write_detr(scenes), "logits": float32(np.log(scores / (1 - scores)))}


def read_detr_sigmoid(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    for box, logits in zip(outputs["boxes"].tolist(), outputs["logits"].tolist(), strict=True):
        score = 1 / (1 + exp(-max(logits)))
        yield Object(logits.index(max(logits)), score, to_pixels(from_centre(*box), size))


def read_rtdetr(outputs: Mapping[str, Array], size: Size) -> Iterator[Object]:
    """As `post_process_object_detection` of RT-DETR: of queries x labels the best, as many as queries."""
    logits = outputs["logits"].ravel().tolist()
    queries, labels = outputs["logits"].shape
    for place in sorted(range(len(logits)), key=lambda place: -logits[place])[:queries]:
        box = to_pixels(from_centre(*outputs["boxes"][floor(place / labels)].tolist()), size)
        yield Object(place % labels, 1 / (1 + exp(-logits[place])), box)


TENSORFLOW = {"coordinates": "normalised", "corners": "yxyx", "background": "first"}
ZOO_SSD = {"coordinates": "normalised", "background": "first"}
SSD_LOGITS = {"coordinates": "pixels", "boxes": "centres", "background": "last", "activation": "softmax"}
RTDETR = {"activation": "sigmoid", "labels": "ranked"}

FAMILIES = [
    Family("yolov8-detect", write_yolov8, read_yolov8, suppresses=True),
    Family("yolov5-detect", write_yolov5, read_yolov5, suppresses=True),
    Family("yolox", write_yolox_grid, read_yolox_grid, suppresses=True),
    Family("yolox", write_yolov5, read_yolov5, {"boxes": "decoded"}, suppresses=True),
    Family("end2end", write_end2end, read_end2end),
    Family("end2end", write_end2end_normalised, read_end2end_normalised, {"coordinates": "normalised"}),
    Family("efficient-nms", write_efficient_nms, read_efficient_nms),
    Family("efficient-nms", write_tensorflow, read_tensorflow, TENSORFLOW),
    Family("torchvision-detect", write_zoo_ssd, read_zoo_ssd, ZOO_SSD),
    Family(
        "torchvision-detect",
        write_torchvision,
        read_torchvision,
        one_image=True,
        cut=("boxes", "labels", "scores"),
    ),
    Family("mmdet-detect", write_mmdet, read_mmdet),
    Family("paddle-detect", write_paddle, read_paddle, one_image=True, cut=("boxes",)),
    Family("ssd", write_ssd, read_ssd, suppresses=True),
    Family("ssd", write_ssd_logits, read_ssd_logits, SSD_LOGITS, suppresses=True),
    Family("detr", write_detr, read_detr),
    Family("detr", write_detr_sigmoid, read_detr_sigmoid, {"activation": "sigmoid"}),
    Family("detr", write_detr_sigmoid, read_rtdetr, RTDETR),
]
