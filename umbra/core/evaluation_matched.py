"""Detections held against the ground truth of the same images: every figure of objects is made of this."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from umbra.core.evaluation_matching import SIZES, THRESHOLDS, Matches, matches, outside, ranks
from umbra.core.evaluation_objects import (
    Bools,
    Detections,
    ImageDetections,
    ImageTruths,
    Ints,
    Truths,
    detections_of,
    truths_of,
)
from umbra.core.evaluation_overlaps import box_overlaps, joined_overlaps

MOST_DETECTIONS = (1, 10, 100)
"""Of an image and label, best first: of AR@1, AR@10 and everything else."""

ALL = 0
"""Of SIZES the one that every object has."""
assert SIZES[ALL][0] == "all"


@dataclass(frozen=True, slots=True)
class MatchedObjects:
    """One model on many images.

    Attributes:
        rank: (N,) int64, the place of each detection among those of its image and label.
        labels: every label that comes up.
    """

    detections: Detections
    truths: Truths
    matches: Matches
    rank: Ints
    labels: Sequence[str]

    @property
    def rows(self) -> Ints:
        """The detections that AP takes, by label, best score first."""
        rows = np.flatnonzero(self.rank < MOST_DETECTIONS[-1])
        # Image by image, each best first, as pycocotools strings them together before it sorts by score.
        rows = rows[np.lexsort((self.rank[rows], self.detections.image[rows]))]
        return rows[np.lexsort((-self.detections.scores[rows], self.detections.label[rows]))]

    @property
    def place(self) -> Ints:
        """(N,) int64: the row of each detection in `matches`, -1 without."""
        found = np.full(len(self.rank), -1)
        found[self.matches.detection] = np.arange(len(self.matches.detection))
        return found

    @property
    def positive(self) -> Ints:
        """The ground truths that count."""
        return np.flatnonzero(~(self.truths.crowd | outside(self.truths.areas)[:, ALL]))

    def outcome(self, rows: Ints) -> tuple[Bools, Bools]:
        """(rows, T): which of these detections are right, and which are neither right nor wrong."""
        place = self.place[rows]
        near = place >= 0
        right = np.zeros((len(rows), len(THRESHOLDS)), bool)
        ignored = np.repeat(outside(self.detections.areas[rows])[:, ALL, None], len(THRESHOLDS), axis=1)
        hit, skipped = (table[place[near], :, ALL] for table in (self.matches.matched, self.matches.ignored))
        ignored[near] = np.where(hit, skipped, ignored[near])
        right[near] = hit & ~skipped
        return right, ignored


def matched_objects(
    truths: Sequence[ImageTruths], detections: Sequence[ImageDetections], labels: Sequence[str]
) -> MatchedObjects:
    """Match one model on images in a fixed order, which decides between equal scores.

    Args:
        truths, detections: of the same images; of an image without a prediction NO_DETECTIONS.
        labels: every label that comes up.
    """
    there, said = truths_of(truths, labels), detections_of(detections, labels)
    by_mask = any(image.overlaps is not None for image in detections)
    overlaps = joined_overlaps(detections, said, there) if by_mask else box_overlaps(said, there)
    rank = ranks(said)
    return MatchedObjects(said, there, matches(said, there, overlaps, rank), rank, labels)
