"""Classification with ground truth: accuracy, precision and recall of each label, confusion, calibration."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CALIBRATION_BINS = 15
"""Of equal width over scores from 0 to 1 (Guo et al., 2017)."""


@dataclass(frozen=True, slots=True)
class Classified:
    """One image: the labels that are there, and those the model gave, with their scores.

    Attributes:
        said: the shapes of the prediction; empty without a prediction or with a failed one.
    """

    truth: frozenset[str]
    said: dict[str, float]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One label; of 0/0 None.

    Attributes:
        truths: images that have it; `said`: images that were given it; `right`: both.
    """

    label: str
    truths: int
    said: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        return self.right / self.truths if self.truths else None

    @property
    def f1(self) -> float | None:
        return 2 * self.right / (self.truths + self.said) if self.truths + self.said else None


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Labels given with a score in [low, high), in the last one up to 1 inclusive.

    Attributes:
        score, accuracy: their mean score, and the share that was right; None of none.
    """

    low: float
    high: float
    count: int
    score: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class ClassificationFigures:
    """Many images.

    Attributes:
        accuracy: images whose labels are exactly those that are there.
        macro_f1: mean over the labels that are there in some image.
        ece: expected calibration error: |accuracy - mean score| of each bin, weighted by its count.
        confusion: labels there (rows) against labels given (columns), the last of each: none; None when
            an image has, or was given, several.
    """

    accuracy: float | None
    macro_f1: float | None
    ece: float | None
    labels: list[ClassFigures]
    confusion: list[list[int]] | None
    calibration: list[CalibrationBin]


def classification_figures(images: Sequence[Classified], labels: Sequence[str]) -> ClassificationFigures:
    """Evaluate one model; `labels` are all that come up. None of no image."""
    classes = _classes(images, labels)
    calibration = _calibration(images)
    there = [label.f1 or 0.0 for label in classes if label.truths]
    right = sum(image.truth == image.said.keys() for image in images)
    return ClassificationFigures(
        accuracy=right / len(images) if images else None,
        macro_f1=sum(there) / len(there) if there else None,
        ece=_ece(calibration),
        labels=classes,
        confusion=_confusion(images, labels),
        calibration=calibration,
    )


def _classes(images: Sequence[Classified], labels: Sequence[str]) -> list[ClassFigures]:
    truths = Counter(label for image in images for label in image.truth)
    said = Counter(label for image in images for label in image.said)
    right = Counter(label for image in images for label in image.truth & image.said.keys())
    return [
        ClassFigures(label, truths[label], said[label], right[label])
        for label in labels
        if truths[label] or said[label]
    ]


def _confusion(images: Sequence[Classified], labels: Sequence[str]) -> list[list[int]] | None:
    if any(len(image.truth) > 1 or len(image.said) > 1 for image in images):
        return None
    place = {label: row for row, label in enumerate(labels)}
    rows = [[0] * (len(labels) + 1) for _ in range(len(labels) + 1)]
    for image in images:
        row, column = (place[next(iter(side))] if side else -1 for side in (image.truth, image.said))
        rows[row][column] += 1
    return rows


def _calibration(images: Sequence[Classified]) -> list[CalibrationBin]:
    counts, right = [0] * CALIBRATION_BINS, [0] * CALIBRATION_BINS
    scores: list[list[float]] = [[] for _ in range(CALIBRATION_BINS)]
    for image in images:
        for label, score in image.said.items():
            place = min(int(score * CALIBRATION_BINS), CALIBRATION_BINS - 1)
            counts[place] += 1
            right[place] += label in image.truth
            scores[place].append(score)
    return [
        CalibrationBin(
            place / CALIBRATION_BINS,
            (place + 1) / CALIBRATION_BINS,
            count,
            # Sorted, so that the sum does not depend on the order of the images.
            sum(sorted(scores[place])) / count if count else None,
            right[place] / count if count else None,
        )
        for place, count in enumerate(counts)
    ]


def _ece(bins: Sequence[CalibrationBin]) -> float | None:
    total = sum(bin.count for bin in bins)
    gaps = [
        bin.count * abs(bin.accuracy - bin.score)
        for bin in bins
        if bin.accuracy is not None and bin.score is not None
    ]
    return sum(gaps) / total if total else None
