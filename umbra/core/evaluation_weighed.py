"""AP and AR of images that count several times or not at all, without matching anything again.

Between two detections that are wrong precision only rises, so of each run of right ones the last has the
precision that counts. There are few runs, and those of all labels and thresholds are gone through at once,
for many weightings side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.core.evaluation_matched import MatchedObjects
from umbra.core.evaluation_matching import THRESHOLDS
from umbra.core.evaluation_objects import Bools, Floats, Ints
from umbra.core.evaluation_precision import RECALLS
from umbra.core.evaluation_sums import Entries, before, firsts
from umbra.core.resampling import Samples, Weights, mean, ratio

_CELLS = 500_000
"""Detections, or runs, by weightings at a time: some 30 MB, whatever the number of images."""
_LATE = np.arange(len(RECALLS)) / 100 < RECALLS
"""(R,): where the recall that is sampled is, as a float, a little more than its hundredths."""


@dataclass(frozen=True, slots=True)
class WeighedObjects:
    """What became of the detections of many images.

    Attributes:
        images: N, how many.
        labels: K.
        image, label: (D,) int64, of each detection that counts, by label, best score first.
        right, ignored: (D, T) bool, at each IoU; the others are wrong.
        truths: how many ground truths that count each image has of each label.
    """

    images: int
    labels: Sequence[str]
    image: Ints
    label: Ints
    right: Bools
    ignored: Bools
    truths: Entries

    @classmethod
    def of(cls, matched: MatchedObjects) -> "WeighedObjects":
        rows, there = matched.rows, matched.positive
        right, ignored = matched.outcome(rows)
        return cls(
            len(matched.truths.first) - 1,
            matched.labels,
            matched.detections.image[rows],
            matched.detections.label[rows],
            right,
            ignored,
            Entries.of(
                matched.truths.image[there],
                matched.truths.label[there],
                np.ones(len(there), np.int64),
                len(matched.labels),
            ),
        )

    def only(self, images: Bools) -> "WeighedObjects":
        """The same on some images: (N,) bool."""
        said = images[self.image]
        return WeighedObjects(
            int(images.sum()),
            self.labels,
            (np.cumsum(images) - 1)[self.image[said]],
            self.label[said],
            self.right[said],
            self.ignored[said],
            self.truths.only(images),
        )

    def samples(self, weights: Weights) -> Samples:
        """`ap`, `ap50`, `ar`, and the AP of each label that has a ground truth; weights are (B, N)."""
        runs = _Runs.of(self)
        step = max(1, _CELLS // max(1, len(runs.curve), len(self.image)))
        parts = [self._tables(runs, weights[at : at + step]) for at in range(0, len(weights), step)]
        precision, recall = (np.concatenate(tables) for tables in zip(*parts, strict=True))
        every = (len(weights), -1)
        there = np.flatnonzero(~np.isnan(precision[0, :, 0]))
        return Samples(
            self.images,
            {
                "ap": mean(precision.reshape(every)),
                "ap50": mean(precision[:, :, 0]),
                "ar": mean(recall.reshape(every)),
            },
            {self.labels[int(k)]: precision[:, k].mean(1) for k in there},
        )

    def _tables(self, runs: "_Runs", weights: Weights) -> tuple[Floats, Floats]:
        """(B, K, T) Average Precision and recall; nan where a label has no ground truth."""
        positives = np.repeat(self.truths.sums(weights), len(THRESHOLDS), axis=1)
        counts = np.take(weights, self.image, axis=1)
        upto = before(counts)
        ended = np.take(upto, runs.end, axis=1)
        seen = ended - np.take(upto, runs.row_first, axis=1) - runs.ignored(counts)
        total = before(ended - np.take(upto, runs.begin, axis=1))
        right = total[:, 1:] - np.take(total, runs.first[runs.curve], axis=1)
        sampled = runs.rises(_reached(right, np.take(np.maximum(positives, 1), runs.curve, axis=1)))
        area = runs.sums(sampled * _envelope(right / np.maximum(seen, 1), runs.curve)) / len(RECALLS)
        found = total[:, runs.first[1:]] - total[:, runs.first[:-1]]
        area[positives == 0] = np.nan
        shape = (len(weights), len(self.labels), len(THRESHOLDS))
        return area.reshape(shape), ratio(found, positives).reshape(shape)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Right detections with no other between them, by curve (label and threshold).

    Attributes:
        curve: (P,) int64; `first`: (curves + 1,) where the runs of each begin.
        begin, end: (P,) int64, rows of detections, `end` excluded.
        row_first: (P,) int64, the first row of the label.
        skipped: (S,) int64, rows ignored at some threshold, by curve.
        skipped_first, skipped_end: (P,) int64, which of them are before the end of the run.
    """

    curve: Ints
    first: Ints
    begin: Ints
    end: Ints
    row_first: Ints
    skipped: Ints
    skipped_first: Ints
    skipped_end: Ints

    @classmethod
    def of(cls, objects: WeighedObjects) -> "_Runs":
        labels, height = len(objects.labels), len(objects.label) + 1
        goes_on = objects.right[1:] & objects.right[:-1] & (np.diff(objects.label) == 0)[:, None]
        begins, ends = objects.right.copy(), objects.right.copy()
        begins[1:] &= ~goes_on
        ends[:-1] &= ~goes_on
        curve, begin = _by_curve(begins, objects.label)
        _, last = _by_curve(ends, objects.label)
        skipping, skipped = _by_curve(objects.ignored, objects.label)
        places = skipping * height + skipped
        return cls(
            curve,
            firsts(curve, labels * len(THRESHOLDS)),
            begin,
            last + 1,
            firsts(objects.label, labels)[objects.label[begin]],
            skipped,
            np.searchsorted(places, curve * height),
            np.searchsorted(places, curve * height + last + 1),
        )

    def ignored(self, counts: NDArray[np.int32]) -> NDArray[np.int32]:
        """(B, P): how many of the detections, of (B, D) counts, were ignored before the end of each run."""
        if not len(self.skipped):
            return np.zeros((1, 1), np.int32)
        upto = before(np.take(counts, self.skipped, axis=1))
        found: NDArray[np.int32] = upto[:, self.skipped_end] - upto[:, self.skipped_first]
        return found

    @property
    def starts(self) -> Ints:
        """The first run of each curve that has one."""
        return self.first[:-1][np.diff(self.first) > 0]

    def rises(self, values: Floats) -> Floats:
        """(B, P): by how much each is more than the one before it on its curve."""
        found = np.diff(values, axis=1, prepend=0)
        found[:, self.starts] = values[:, self.starts]
        return found

    def sums(self, values: Floats) -> Floats:
        """(B, curves): of (B, P)."""
        found = np.zeros((len(values), len(self.first) - 1))
        if len(self.starts):
            found[:, np.diff(self.first) > 0] = np.add.reduceat(values, self.starts, axis=1)
        return found


def _by_curve(which: Bools, label: Ints) -> tuple[Ints, Ints]:
    """Curve and row of each cell of (D, T) that is true, by curve and rising row."""
    threshold, row = np.nonzero(which.T)
    curve = label[row] * len(THRESHOLDS) + threshold
    order = np.argsort(curve, kind="stable")
    return curve[order], row[order]


def _envelope(precision: Floats, curve: Ints) -> Floats:
    """(B, P): the best precision from each run on, on its curve."""
    # Each curve lies above all behind it, so that the maximum starts anew.
    above = 2.0 * (curve.max(initial=0) - curve)
    # Floats that are not negative are in the order of their bits, of which the maximum is found much faster.
    bits = (precision + above).view(np.int64)[:, ::-1]
    best = np.ascontiguousarray(np.maximum.accumulate(bits, axis=1)[:, ::-1])
    found: Floats = best.view(np.float64) - above
    return found


def _reached(right: NDArray[Any], positives: NDArray[Any]) -> Floats:
    """(B, P): at how many of RECALLS, as floats, so many right ones of so many ground truths are."""
    hundredths = 100.0 * right / positives
    whole = np.floor(hundredths)
    late = np.take(_LATE, whole.astype(np.intp)) & (whole == hundredths)
    found: Floats = whole + 1 - late
    return found
