"""Which detection lies on which ground truth: intersection over union as COCO defines it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from umbra.core.evaluation_objects import (
    LEAST_IOU,
    Bools,
    Detections,
    Floats,
    ImageDetections,
    ImageOverlaps,
    Ints,
    Truths,
)

Rle = Mapping[str, Any]
"""COCO's compressed run-length encoding: `size` height, width; `counts` a string."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """P pairs of equal image and label with an IoU of LEAST_IOU or more, by rising detection.

    Attributes:
        detection, truth: (P,) int64, rows of Detections and Truths.
        iou: (P,) float64.
    """

    detection: Ints
    truth: Ints
    iou: Floats


def box_overlaps(detections: Detections, truths: Truths) -> Overlaps:
    """The overlaps of boxes; a crowd counts how much of the detection lies in it."""
    detection, truth = _pairs(detections, truths)
    same = detections.label[detection] == truths.label[truth]
    detection, truth = detection[same], truth[same]
    iou = box_iou(detections.boxes[detection], truths.boxes[truth], truths.crowd[truth])
    near = iou >= LEAST_IOU
    return Overlaps(detection[near], truth[near], iou[near])


def box_iou(a: Floats, b: Floats, crowd: Bools) -> Floats:
    """Of each box of `a` with its partner in `b`.

    Args:
        a, b: (P, 4) float64, x y w h.
        crowd: (P,) bool, of `b`: the intersection is divided by the area of `a` alone.

    Returns:
        (P,) float64; every operation in the order of pycocotools' `bbIou`, so that its bits are the same.
    """
    width = np.minimum(a[:, 2] + a[:, 0], b[:, 2] + b[:, 0]) - np.maximum(a[:, 0], b[:, 0])
    height = np.minimum(a[:, 3] + a[:, 1], b[:, 3] + b[:, 1]) - np.maximum(a[:, 1], b[:, 1])
    shared = width * height
    areas = a[:, 2] * a[:, 3]
    joined = np.where(crowd, areas, areas + b[:, 2] * b[:, 3] - shared)
    meet = (width > 0) & (height > 0)
    iou: Floats = np.divide(shared, joined, out=np.zeros_like(shared), where=meet)
    return iou


def mask_overlaps(
    labels: Sequence[str], masks: Sequence[Rle], of: Sequence[str], on: Sequence[Rle], crowd: Bools
) -> ImageOverlaps:
    """The overlaps of one image's masks; masks of different sizes overlap nowhere.

    Args:
        labels, masks: N of the detections.
        of, on, crowd: M of the truths.
    """
    # Imported here: whoever evaluates boxes alone does without.
    from faster_coco_eval import mask

    found: list[tuple[int, int, float]] = []
    for label in sorted({*labels} & {*of}):
        rows = [row for row, name in enumerate(labels) if name == label]
        columns = [
            column
            for column, name in enumerate(of)
            if name == label and [*on[column]["size"]] == [*masks[rows[0]]["size"]]
        ]
        rows = [row for row in rows if [*masks[row]["size"]] == [*masks[rows[0]]["size"]]]
        if not columns:
            continue
        ious = mask.iou([masks[r] for r in rows], [on[c] for c in columns], [int(crowd[c]) for c in columns])
        found += [
            (rows[i], columns[j], float(ious[i, j])) for i, j in np.argwhere(np.asarray(ious) >= LEAST_IOU)
        ]
    found.sort()
    return ImageOverlaps(
        np.array([pair[0] for pair in found], np.int64),
        np.array([pair[1] for pair in found], np.int64),
        np.array([pair[2] for pair in found], np.float64),
    )


def joined_overlaps(images: Sequence[ImageDetections], detections: Detections, truths: Truths) -> Overlaps:
    """The overlaps that the images bring along."""
    empty = ImageOverlaps(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    parts = [image.overlaps or empty for image in images]
    counts = [len(part.ious) for part in parts]
    return Overlaps(
        np.concatenate([empty.detections, *(part.detections for part in parts)])
        + np.repeat(detections.first[:-1], counts),
        np.concatenate([empty.truths, *(part.truths for part in parts)])
        + np.repeat(truths.first[:-1], counts),
        np.concatenate([empty.ious, *(part.ious for part in parts)]),
    )


def _pairs(detections: Detections, truths: Truths) -> tuple[Ints, Ints]:
    """Every detection with every truth of its image, as rows, by rising detection."""
    counts = np.diff(truths.first)[detections.image]
    detection = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(detection)) - np.repeat(np.cumsum(counts) - counts, counts)
    return detection, truths.first[:-1][detections.image[detection]] + within
