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
from umbra.core.evaluation_sums import Entries, before, firsts, sums
from umbra.core.resampling import Samples, Weights, mean, ratio

_CELLS = 1_000_000
"""Detections, or runs, by weightings at a time: some 60 MB, whatever the number of images."""
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
        """`ap`, `ap50`, `ar`, and the AP of each label that has a ground truth.

        Args:
            weights: (N, B).
        """
        runs = _Runs.of(self)
        step = max(1, _CELLS // max(1, len(runs.curve), len(self.image)))
        columns = range(0, weights.shape[1], step)
        parts = [self._tables(runs, weights[:, at : at + step]) for at in columns]
        precision, recall = (np.concatenate(tables, axis=2) for tables in zip(*parts, strict=True))
        every = (-1, weights.shape[1])
        return Samples(
            self.images,
            {
                "ap": mean(precision.reshape(every)),
                "ap50": mean(precision[:, 0]),
                "ar": mean(recall.reshape(every)),
            },
            {
                label: precision[k].mean(0)
                for k, label in enumerate(self.labels)
                if not np.isnan(precision[k, 0, 0])
            },
        )

    def _tables(self, runs: "_Runs", weights: Weights) -> tuple[Floats, Floats]:
        """(K, T, B) Average Precision and recall; nan where a label has no ground truth."""
        positives = np.repeat(self.truths.sums(weights), len(THRESHOLDS), axis=0)
        upto = before(weights[self.image])
        seen = upto[runs.end] - upto[runs.row_first] - runs.ignored(weights[self.image])
        total = before(upto[runs.end] - upto[runs.begin])
        right = total[1:] - total[runs.first[runs.curve]]
        precision = _envelope(right / np.maximum(seen, 1), runs.curve)
        sampled = runs.rises(_reached(right, np.maximum(positives[runs.curve], 1)))
        area = sums(sampled * precision, runs.first) / len(RECALLS)
        found = total[runs.first[1:]] - total[runs.first[:-1]]
        shape = (len(self.labels), len(THRESHOLDS), weights.shape[1])
        area[positives == 0] = np.nan
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

    def ignored(self, weights: Weights) -> NDArray[np.int32]:
        """(P, B): how many were ignored before the end of each run; weights are of the detections."""
        upto = before(weights[self.skipped])
        found: NDArray[np.int32] = upto[self.skipped_end] - upto[self.skipped_first]
        return found

    def rises(self, values: Floats) -> Floats:
        """(P, B): by how much each is more than the one before it on its curve."""
        before = np.zeros_like(values)
        before[1:] = values[:-1]
        before[self.first[self.curve] == np.arange(len(self.curve))] = 0
        return values - before


def _by_curve(which: Bools, label: Ints) -> tuple[Ints, Ints]:
    """Curve and row of each cell of (D, T) that is true, by curve and rising row."""
    threshold, row = np.nonzero(which.T)
    curve = label[row] * len(THRESHOLDS) + threshold
    order = np.argsort(curve, kind="stable")
    return curve[order], row[order]


def _envelope(precision: Floats, curve: Ints) -> Floats:
    """(P, B): the best precision from each run on, on its curve."""
    # Each curve lies above all behind it, so that the maximum starts anew.
    above = 2.0 * (curve.max(initial=0) - curve)[:, None]
    found: Floats = np.maximum.accumulate((precision + above)[::-1], axis=0)[::-1] - above
    return found


def _reached(right: NDArray[Any], positives: NDArray[Any]) -> Floats:
    """(P, B): at how many of RECALLS, as floats, so many right ones of so many ground truths are."""
    hundredths = 100.0 * right / positives
    whole = np.floor(hundredths)
    found: Floats = whole + 1 - ((whole == hundredths) & _LATE[whole.astype(np.intp)])
    return found
