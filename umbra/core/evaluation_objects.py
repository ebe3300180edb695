"""Objects of many images as columns: what people say is there, what a model says is there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEAST_IOU = 0.5
"""Of COCO's thresholds the lowest; pairs that overlap less never match."""


@dataclass(frozen=True, slots=True)
class ImageTruths:
    """The ground truth of one image: M objects.

    Attributes:
        labels: M.
        boxes: (M, 4) float64, x y w h in pixels of the original image; zeros where masks are compared.
        areas: (M,) float64, square pixels.
        crowd: (M,) bool, regions that detections may lie in without being counted (COCO's iscrowd).
    """

    labels: Sequence[str]
    boxes: Floats
    areas: Floats
    crowd: Bools


class ImageOverlaps(NamedTuple):
    """The pairs of one image with equal labels and an IoU of LEAST_IOU or more.

    Attributes:
        detections, truths: (P,) int64, rows of the image's detections and truths.
        ious: (P,) float64.
    """

    detections: Ints
    truths: Ints
    ious: Floats


@dataclass(frozen=True, slots=True)
class ImageDetections:
    """What one model says of one image: N objects, in the order of the prediction.

    Attributes:
        labels: N.
        boxes, areas: as of ImageTruths.
        scores: (N,) float64.
        shapes: how many of the first are shapes; the rest are candidates.
        overlaps: with the truths of the image, where masks are compared; None: boxes are.
    """

    labels: Sequence[str]
    boxes: Floats
    areas: Floats
    scores: Floats
    shapes: int
    overlaps: ImageOverlaps | None = None


NO_DETECTIONS = ImageDetections((), np.zeros((0, 4)), np.zeros(0), np.zeros(0), 0)
"""Of an image without a prediction, or with a failed one."""


@dataclass(frozen=True, slots=True)
class Truths:
    """The ground truth of many images, M objects, in the order of the images.

    Attributes:
        image: (M,) int64, the image's place in their order.
        label: (M,) int64, index into the labels.
        boxes, areas, crowd: as of ImageTruths.
        first: (images + 1,) int64, the row at which each image begins.
    """

    image: Ints
    label: Ints
    boxes: Floats
    areas: Floats
    crowd: Bools
    first: Ints


@dataclass(frozen=True, slots=True)
class Detections:
    """What one model says of the same images, N objects; see Truths.

    Attributes:
        is_shape: (N,) bool, at or above the operating threshold.
    """

    image: Ints
    label: Ints
    boxes: Floats
    areas: Floats
    scores: Floats
    is_shape: Bools
    first: Ints


def label_order(known: Sequence[str], images: Iterable[ImageTruths | ImageDetections]) -> list[str]:
    """Every label there is, see `ordered`."""
    return ordered(known, (label for image in images for label in image.labels))


def ordered(known: Sequence[str], seen: Iterable[str]) -> list[str]:
    """Every label there is: those of the model in its order, then the others by name."""
    return [*known, *sorted({*seen}.difference(known))]


def truths_of(images: Sequence[ImageTruths], labels: Sequence[str]) -> Truths:
    """The ground truth of these images as columns."""
    first = _first(images)
    return Truths(
        _image(first),
        _label(images, labels),
        _rows([image.boxes for image in images], (0, 4)),
        _rows([image.areas for image in images], (0,)),
        _rows([image.crowd for image in images], (0,)).astype(bool),
        first,
    )


def detections_of(images: Sequence[ImageDetections], labels: Sequence[str]) -> Detections:
    """The detections of these images as columns."""
    first = _first(images)
    image = _image(first)
    shapes = np.array([image.shapes for image in images], np.int64)
    return Detections(
        image,
        _label(images, labels),
        _rows([image.boxes for image in images], (0, 4)),
        _rows([image.areas for image in images], (0,)),
        _rows([image.scores for image in images], (0,)),
        np.arange(len(image)) < (first[:-1] + shapes)[image],
        first,
    )


def _first(images: Sequence[ImageTruths | ImageDetections]) -> Ints:
    return np.cumsum([0, *(len(image.labels) for image in images)], dtype=np.int64)


def _image(first: Ints) -> Ints:
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


def _label(images: Sequence[ImageTruths | ImageDetections], labels: Sequence[str]) -> Ints:
    index = {label: place for place, label in enumerate(labels)}
    return np.array([index[label] for image in images for label in image.labels], np.int64)


def _rows(parts: Sequence[NDArray[np.generic]], empty: tuple[int, ...]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(empty), *parts])
