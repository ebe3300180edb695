"""Average Precision and Average Recall as COCO defines them, and F1 at the operating threshold."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from umbra.core.evaluation_matched import ALL, MOST_DETECTIONS, MatchedObjects
from umbra.core.evaluation_matching import SIZES, THRESHOLDS, outside
from umbra.core.evaluation_objects import Bools, Floats, Ints, Truths

RECALLS = np.linspace(0.0, 1.0, 101)
"""(R,) where the precision-recall curve is sampled."""

_SMALL, _MEDIUM, _LARGE = range(1, len(SIZES))


@dataclass(frozen=True, slots=True)
class Counted:
    """Shapes at IoU 0.5: right, wrong, and ground truths there are; of 0/0 None."""

    right: int
    wrong: int
    truths: int

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(self.right + other.right, self.wrong + other.wrong, self.truths + other.truths)

    def __bool__(self) -> bool:
        return bool(self.right or self.wrong or self.truths)

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.right / self.truths if self.truths else None

    @property
    def f1(self) -> float | None:
        total = self.right + self.wrong + self.truths
        return 2 * self.right / total if total else None


@dataclass(frozen=True, slots=True)
class LabelPrecision:
    """One label; figures are None without a ground truth of it.

    Attributes:
        curve: (R,) precision at RECALLS, IoU 0.5; empty without a ground truth.
    """

    label: str
    counted: Counted
    ap: float | None
    ap50: float | None
    ap75: float | None
    ar: float | None
    curve: list[float]


@dataclass(frozen=True, slots=True)
class ObjectFigures:
    """Detection or instance segmentation over many images; None where there is no ground truth.

    Attributes:
        ap: mean over labels and IoU 0.50 to 0.95; `ap50`, `ap75` at one IoU; by size of the ground truth.
        ar1, ar10, ar: mean recall with at most 1, 10, 100 detections of a label and image.
        counted: shapes of all labels.
        curve: (R,) mean precision of the labels at RECALLS, IoU 0.5; empty without a ground truth.
        labels: those with a ground truth or a shape.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_small: float | None
    ap_medium: float | None
    ap_large: float | None
    ar1: float | None
    ar10: float | None
    ar: float | None
    counted: Counted
    curve: list[float]
    labels: list[LabelPrecision] = field(default_factory=list)


def object_figures(matched: MatchedObjects) -> ObjectFigures:
    """Evaluate one model."""
    return _figures(_accumulated(matched), _counts(matched), matched.labels)


@dataclass(frozen=True, slots=True)
class _Curves:
    """COCO's tables; -1 where there is no ground truth.

    Attributes:
        precision: (T, R, K, A) with at most 100 detections.
        recall: (T, K, A, M).
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]


def _accumulated(matched: MatchedObjects) -> _Curves:
    labels, sizes = len(matched.labels), len(SIZES)
    curves = _Curves(
        np.full((len(THRESHOLDS), len(RECALLS), labels, sizes), -1.0),
        np.full((len(THRESHOLDS), labels, sizes, len(MOST_DETECTIONS)), -1.0),
    )
    positives = _positives(matched.truths, labels)
    rows, place_of = matched.rows, matched.place
    bounds = np.searchsorted(matched.detections.label[rows], np.arange(labels + 1))
    for label in np.flatnonzero(positives[:, ALL]):
        mine = rows[bounds[label] : bounds[label + 1]]
        _accumulate(int(label), mine, place_of[mine], matched, positives[label], curves)
    return curves


def _accumulate(
    label: int,
    rows: Ints,
    places: Ints,
    matched: MatchedObjects,
    positives: Ints,
    curves: _Curves,
) -> None:
    """Fill in one label.

    Args:
        rows: its detections, best score first.
        places: their rows in `matched.matches`, -1 without.
        positives: (A,) ground truths that count.
    """
    near = np.flatnonzero(places >= 0)
    hit = matched.matches.matched[places[near]]
    apart = outside(matched.detections.areas[rows])
    counts = np.where(hit, ~matched.matches.ignored[places[near]], ~apart[near][:, None, :])
    right = hit & counts
    by_rank = matched.rank[rows][near]
    before = np.cumsum(~apart, axis=0)
    # What counts only differs from what has the size where something was matched.
    kept = before[near][:, None, :] + np.cumsum(counts.astype(np.int64) - ~apart[near][:, None, :], axis=0)
    for size in np.flatnonzero(positives):
        for m, most in enumerate(MOST_DETECTIONS):
            curves.recall[:, label, size, m] = right[by_rank < most, :, size].sum(0) / positives[size]
        for t in range(len(THRESHOLDS)):
            is_right = right[:, t, size]
            curves.precision[t, :, label, size] = _sampled(kept[is_right, t, size], int(positives[size]))


def _sampled(counted: Ints, positives: int) -> Floats:
    """(R,) the precision envelope at RECALLS.

    Args:
        counted: for each right detection, best first: how many counted up to it.
        positives: ground truths, more than 0.
    """
    right = np.arange(1, len(counted) + 1, dtype=np.float64)
    wrong = counted - right
    precision = right / (wrong + right + np.spacing(1))
    envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return envelope[np.searchsorted(right / positives, RECALLS, side="left")]


def _positives(truths: Truths, labels: int) -> Ints:
    """(K, A): how many ground truths count."""
    counts = np.zeros((labels, len(SIZES)), np.int64)
    np.add.at(counts, truths.label, ~(truths.crowd[:, None] | outside(truths.areas)))
    return counts


def _counts(matched: MatchedObjects) -> list[Counted]:
    """By label: the shapes at IoU 0.5, however many; what lies on a crowd does not count."""
    detections, truths, matches = matched.detections, matched.truths, matched.matches
    labels = len(matched.labels)
    hit, ignored = np.zeros(len(detections.label), bool), np.zeros(len(detections.label), bool)
    hit[matches.detection] = matches.matched[:, 0, ALL]
    ignored[matches.detection] = matches.ignored[:, 0, ALL]
    counting = detections.is_shape & ~ignored

    def by_label(which: Bools, label: Ints) -> list[int]:
        return [int(count) for count in np.bincount(label[which], minlength=labels)]

    return [
        Counted(*numbers)
        for numbers in zip(
            by_label(counting & hit, detections.label),
            by_label(counting & ~hit, detections.label),
            by_label(~truths.crowd, truths.label),
            strict=True,
        )
    ]


def _figures(curves: _Curves, counts: Sequence[Counted], labels: Sequence[str]) -> ObjectFigures:
    precision, recall = curves.precision, curves.recall
    return ObjectFigures(
        ap=_mean(precision[..., ALL]),
        ap50=_mean(precision[0, ..., ALL]),
        ap75=_mean(precision[5, ..., ALL]),
        ap_small=_mean(precision[..., _SMALL]),
        ap_medium=_mean(precision[..., _MEDIUM]),
        ap_large=_mean(precision[..., _LARGE]),
        ar1=_mean(recall[..., ALL, 0]),
        ar10=_mean(recall[..., ALL, 1]),
        ar=_mean(recall[..., ALL, 2]),
        counted=sum(counts, Counted(0, 0, 0)),
        curve=_curve(precision[0, :, :, ALL]),
        labels=[
            _label_figures(label, counts[k], precision[:, :, k, ALL], recall[:, k, ALL, 2])
            for k, label in enumerate(labels)
            if counts[k]
        ],
    )


def _label_figures(label: str, counted: Counted, precision: Floats, recall: Floats) -> LabelPrecision:
    return LabelPrecision(
        label,
        counted,
        _mean(precision),
        _mean(precision[0]),
        _mean(precision[5]),
        _mean(recall),
        _curve(precision[0][:, None]),
    )


def _mean(table: NDArray[np.float64]) -> float | None:
    known = table[table > -1]
    return float(np.mean(known)) if known.size else None


def _curve(precision: NDArray[np.float64]) -> list[float]:
    """(R,) the mean of the labels that have a ground truth."""
    known = precision[:, precision[0] > -1]
    return [float(value) for value in known.mean(1)] if known.size else []
