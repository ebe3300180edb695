"""Figures of pairs of ModelVersions out of their buckets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Final

from services.api.version_figures import ms, ratio
from umbra.contracts.http.comparison import (
    ComparisonSeries,
    Confusion,
    LabelFigures,
    LatencyDelta,
    PairFigures,
)
from umbra.contracts.manifest import Task
from umbra.core.agreement import LabelPair, Met, agreement, cohens_kappa, mean_iou
from umbra.core.assignment_run import Run
from umbra.core.buckets import ComparisonBucket, comparison_bucket
from umbra.core.histogram import DELTA_EDGES_US, percentile
from umbra.core.window import Window
from umbra.postgres.metrics import PairRow, Unpaired

CLASSIFICATION: Final[Task] = "classification"
SEMANTIC_SEGMENTATION: Final[Task] = "semantic-segmentation"

_MILLION = 1_000_000
_NOTHING = comparison_bucket([])


def pair_figures(
    run: Run,
    rows: Sequence[PairRow],
    met: Mapping[LabelPair, Met],
    unpaired: Sequence[Unpaired],
    window: Window,
) -> PairFigures:
    """One run of a slot.

    Args:
        rows: the steps of the run's revisions.
        met: which label met which.
    """
    total = reduce(add, (row.bucket for row in rows), _NOTHING)
    labels = _labels(run, met)
    shapes = {pair: sums.shapes for pair, sums in met.items()}
    return PairFigures(
        champion=run.champion,
        shadow=run.shadow,
        slot=run.slot,
        since_revision=run.since_revision,
        complete=total.compared + total.failed,
        waiting=sum(missing.waiting for missing in unpaired),
        orphans=sum(missing.orphans for missing in unpaired),
        mixed=total.mixed,
        failed=total.failed,
        agreement=_agreement(total),
        matched_iou=None if run.task == CLASSIFICATION else ratio(_iou(total), total.matched),
        contested_per_image=ratio(total.contested, total.compared),
        flips_per_image=ratio(total.flips, total.compared),
        count_delta=ratio(total.shadow_shapes - total.champion_shapes, total.compared),
        score_delta=ratio(total.score_delta_millionths / _MILLION, total.matched),
        mean_iou=_mean_iou(total) if run.task == SEMANTIC_SEGMENTATION else None,
        kappa=cohens_kappa(shapes) if run.task == CLASSIFICATION else None,
        latency_delta_ms=LatencyDelta(*(_delta(total, fraction) for fraction in (0.5, 0.95, 0.99))),
        labels=_label_figures(labels, run.task, met),
        confusion=_confusion(labels, shapes),
        series=_series(rows, window),
    )


def _agreement(bucket: ComparisonBucket) -> float | None:
    return agreement(bucket.matched_same_label, bucket.champion_shapes, bucket.shadow_shapes)


def _iou(bucket: ComparisonBucket) -> float:
    return bucket.iou_millionths / _MILLION


def _mean_iou(bucket: ComparisonBucket) -> float | None:
    return mean_iou(_iou(bucket), bucket.champion_shapes, bucket.shadow_shapes, bucket.matched)


def _delta(bucket: ComparisonBucket, fraction: float) -> float | None:
    return ms(percentile(DELTA_EDGES_US, bucket.latency_delta_histogram, fraction))


def _labels(run: Run, met: Mapping[LabelPair, Met]) -> list[str]:
    seen = {label for pair in met for label in pair if label is not None}
    return [label for label in run.labels if label in seen] + sorted(seen.difference(run.labels))


def _label_figures(labels: Sequence[str], task: str, met: Mapping[LabelPair, Met]) -> list[LabelFigures]:
    champion: Counter[str | None] = Counter()
    shadow: Counter[str | None] = Counter()
    for (champion_label, shadow_label), sums in met.items():
        champion[champion_label] += sums.shapes
        shadow[shadow_label] += sums.shapes
    return [
        _of_label(label, task, champion[label], shadow[label], met.get((label, label), Met(0)))
        for label in labels
    ]


def _of_label(label: str, task: str, champion: int, shadow: int, same: Met) -> LabelFigures:
    iou = same.iou_millionths / _MILLION
    return LabelFigures(
        label,
        champion,
        shadow,
        same.shapes,
        agreement=agreement(same.shapes, champion, shadow),
        matched_iou=None if task == CLASSIFICATION else ratio(iou, same.shapes),
        score_delta=ratio(same.score_delta_millionths / _MILLION, same.shapes),
        mean_iou=mean_iou(iou, champion, shadow, same.shapes) if task == SEMANTIC_SEGMENTATION else None,
    )


def _confusion(labels: Sequence[str], shapes: Mapping[LabelPair, int]) -> Confusion:
    places: list[str | None] = [*labels, None]
    rows = [[shapes.get((champion, shadow), 0) for shadow in places] for champion in places]
    return Confusion(list(labels), rows)


def _series(rows: Sequence[PairRow], window: Window) -> ComparisonSeries:
    by_time: dict[int, ComparisonBucket] = {}
    for row in rows:
        at = int(row.at.timestamp())
        by_time[at] = by_time[at] + row.bucket if at in by_time else row.bucket
    buckets = [by_time.get(at, _NOTHING) for at in window.times]
    return ComparisonSeries(
        t=window.times,
        agreement=[_agreement(bucket) for bucket in buckets],
        n=[bucket.compared for bucket in buckets],
    )
