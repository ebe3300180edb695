"""Evaluation over HTTP: every ModelVersion against the reviews of a window; see docs/metrics.md."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from umbra.contracts.manifest import Task
from umbra.core.verdict import Verdict

Decisive = Literal["ap", "accuracy", "miou"]
"""The figure of a task that a verdict rests on."""


@dataclass(frozen=True, slots=True)
class Value:
    """A figure; null where nothing defines it, like AP without a ground truth.

    Attributes:
        low, high: its 95 % interval; null of fewer than 10 images.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class LabelEvaluation:
    """One label; of another task's figures, and of 0/0, null.

    Attributes:
        ground_truths: objects, images or pixels that have it.
        ar: with at most 100 detections.
        precision, recall, f1: of shapes, at IoU 0.5 where there are any.
        curve: precision at recall 0, 0.01, … 1, IoU 0.5; only when asked for.
    """

    label: str
    ground_truths: int
    ap: float | None = None
    ap50: float | None = None
    ap75: float | None = None
    ar: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    iou: float | None = None
    curve: list[float] | None = None


@dataclass(frozen=True, slots=True)
class LabelConfusion:
    """Labels there (rows) against labels given (columns), in images; the last of each: none."""

    labels: list[str]
    rows: list[list[int]]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Labels given with a score from `low` to before `high`: how many, their mean score, the share right."""

    low: float
    high: float
    count: int
    score: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomEvaluation:
    """On those images that are a random sample; figures of other tasks are null.

    Attributes:
        n: how many.
    """

    n: int
    ap: Value | None = None
    ar: Value | None = None
    accuracy: Value | None = None
    macro_f1: Value | None = None
    miou: Value | None = None
    pixel_accuracy: Value | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A figure at each step, and its 95 % interval; null of fewer than 10 images."""

    value: list[float | None]
    low: list[float | None]
    high: list[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSeries:
    """Figures over time; lines of other tasks are null.

    Attributes:
        t: where each step begins, epoch seconds, multiples of `step_s`.
        span_s: a figure is of the images of the window that landed so long before the end of its step.
        n: how many these are.
    """

    step_s: int
    span_s: int
    t: list[int]
    n: list[int]
    ap: Line | None = None
    ar: Line | None = None
    accuracy: Line | None = None
    macro_f1: Line | None = None
    miou: Line | None = None
    pixel_accuracy: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEvaluation:
    """One ModelVersion; figures of other tasks are null.

    Attributes:
        slots: which hold it now; empty: none does any more.
        images: reviewed ones it is evaluated on; `missing` of them it has not predicted, `failed` it
            could not. Both count as if it had seen nothing.
        ap, ap50, ap75, ap_small, ap_medium, ap_large, ar1, ar10, ar: COCO's, over shapes and candidates.
        precision, recall, f1: of shapes at IoU 0.5, all labels together.
        curve: precision at recall 0, 0.01, … 1, IoU 0.5, mean of the labels.
        accuracy, macro_f1, ece, confusion, calibration: of classification.
        miou, pixel_accuracy: of semantic segmentation, pixels of all images pooled.
        ap, ap50, ar, accuracy, macro_f1, miou, pixel_accuracy have intervals.
    """

    model_version: str
    slots: list[str]
    images: int
    missing: int
    failed: int
    ap: Value | None = None
    ap50: Value | None = None
    ap75: Value | None = None
    ap_small: Value | None = None
    ap_medium: Value | None = None
    ap_large: Value | None = None
    ar1: Value | None = None
    ar10: Value | None = None
    ar: Value | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    accuracy: Value | None = None
    macro_f1: Value | None = None
    ece: Value | None = None
    miou: Value | None = None
    pixel_accuracy: Value | None = None
    labels: list[LabelEvaluation] = field(default_factory=list)
    curve: list[float] | None = None
    confusion: LabelConfusion | None = None
    calibration: list[Calibration] | None = None
    random_only: RandomEvaluation
    series: EvaluationSeries


@dataclass(frozen=True, slots=True)
class LabelDifference:
    """Of one label that both have a figure of: its AP, F1 or IoU, by the task."""

    label: str
    ap: Value | None = None
    f1: Value | None = None
    iou: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Shadow - champion on the `images` that both are evaluated on; figures of other tasks are null.

    Attributes:
        verdict: by the interval of the figure that `verdict_by` names.
    """

    champion: str
    shadow: str
    slot: str
    images: int
    ap: Value | None = None
    ap50: Value | None = None
    ar: Value | None = None
    accuracy: Value | None = None
    macro_f1: Value | None = None
    miou: Value | None = None
    pixel_accuracy: Value | None = None
    labels: list[LabelDifference] = field(default_factory=list)
    verdict: Verdict
    verdict_by: Decisive


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Reviewed landings in the window from `from_` to before `to`, each once.

    Attributes:
        reviewed: how many.
        by_queue: how many of the newest reviews came from each queue; `none`: from none.
        versions: the champion, the shadows by slot, then those that were there before.
    """

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    as_of: datetime
    task: Task
    reviewed: int
    by_queue: dict[str, int]
    versions: list[VersionEvaluation]
    differences: list[Difference]
