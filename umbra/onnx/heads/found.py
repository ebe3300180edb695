"""What a head found in the images of one run, and how it becomes the detections of each image."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest, Thresholds
from umbra.core.detections import Detections
from umbra.core.errors import Refused
from umbra.onnx.heads.boxes import with_size
from umbra.onnx.heads.suppression import Boxes, best, suppress
from umbra.onnx.projection import Corners, Projection, to_originals

HIGHEST_SCORE = 1.001
"""Half precision may round a probability up; a logit is further off."""

Choice = Callable[[Boxes, NDArray[np.float32], NDArray[np.int64], Thresholds], NDArray[np.int64]]
"""Which of one image's boxes, scores and classes stay, best first."""


@dataclass(frozen=True, slots=True)
class Found:
    """Objects of many images, those of an image in the order the model has them.

    Attributes:
        images: (F,), which image each one is in, ascending.
        rows: (F,), which row, anchor or query of its image it is.
        corners: (F, 4) float64, x1 y1 x2 y2 in pixels of the model's input.
        scores: (F,), `emit` or more; what scores 0 is no object.
        classes: (F,) int64, indices into the manifest's labels.
    """

    images: NDArray[np.intp]
    rows: NDArray[np.intp]
    corners: Corners
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]


class Kept(NamedTuple):
    """Of one image what stays, best first.

    Attributes:
        places: (K,) where in `Found` each one stands.
        corners: (K, 4) float64, x1 y1 x2 y2 in pixels of the original, cut at its edges.
    """

    places: NDArray[np.intp]
    corners: Corners
    detections: Detections


def suppressed(found: Found, manifest: Manifest, projections: Sequence[Projection]) -> list[Detections]:
    """Of each image those that no better one overlaps; for models without NMS in the graph.

    Boxes are cut at the edges of the image, dropped when nothing is left of them, then suppressed.

    Raises:
        Refused: a class has no label, or a score is no probability.
    """
    return [one.detections for one in kept(found, manifest, projections, suppress)]


def ranked(found: Found, manifest: Manifest, projections: Sequence[Projection]) -> list[Detections]:
    """Of each image the best; for models that suppress by themselves, or need not.

    Raises:
        Refused: a class has no label, or a score is no probability.
    """
    return [one.detections for one in kept(found, manifest, projections, best)]


def kept(found: Found, manifest: Manifest, projections: Sequence[Projection], choose: Choice) -> list[Kept]:
    """Of each image what `choose` lets stay, and where it comes from; for heads that give it more than a box.

    Raises:
        Refused: a class has no label, or a score is no probability.
    """
    _refuse_meaningless(found, manifest)
    corners = to_originals(found.corners, found.images, projections)
    boxes = with_size(corners)
    scores = np.minimum(found.scores, 1, dtype=np.float32)

    # What lies in the border of a letterbox has no area left; exporters fill up with rows of score 0.
    there = np.flatnonzero((boxes[:, 2] > 0) & (boxes[:, 3] > 0) & (scores > 0))
    ends = np.searchsorted(found.images[there], np.arange(len(projections) + 1)).tolist()
    each = [there[start:end] for start, end in pairwise(ends)]

    all_kept = []
    for one in each:
        chosen = choose(boxes[one], scores[one], found.classes[one], manifest.thresholds)
        places = one[chosen]
        detections = Detections(boxes[places].astype(np.float32), scores[places], found.classes[places])
        all_kept.append(Kept(places, corners[places], detections))
    return all_kept


def _refuse_meaningless(found: Found, manifest: Manifest) -> None:
    greatest = found.classes.max(initial=0)
    if greatest >= len(manifest.labels):
        raise Refused(
            f"Class {greatest} was found, and the manifest has {len(manifest.labels)} labels, for the classes"
            " from 0: give a label for every class the model knows, or correct the head's option background."
        )
    score = found.scores.max(initial=0)
    if score > HIGHEST_SCORE:
        raise Refused(
            f"A score of {score:g} was found; they go from 0 to 1: export the model with its last activation,"
            " or correct the manifest's head, outputs and options."
        )
