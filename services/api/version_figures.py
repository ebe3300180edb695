"""Figures of ModelVersions out of their buckets."""

from collections.abc import Sequence
from functools import reduce
from operator import add

from umbra.contracts.http.metrics import Latency, Queue, Series, VersionFigures, VersionSeries, VersionTotals
from umbra.core.buckets import VersionBucket, version_bucket
from umbra.core.histogram import LATENCY_EDGES_US, Counts, percentile
from umbra.core.window import Window
from umbra.postgres.metrics import VersionRow

_NOTHING = version_bucket([])


def slot_figures(rows: Sequence[VersionRow], window: Window) -> dict[str, list[VersionFigures]]:
    """Each slot's ModelVersions, the newest first."""
    grouped: dict[tuple[str, str], list[VersionRow]] = {}
    for row in sorted(rows, key=lambda row: row.revision, reverse=True):
        grouped.setdefault((row.slot, row.model_version), []).append(row)
    figures: dict[str, list[VersionFigures]] = {}
    for (slot, model_version), steps in grouped.items():
        figures.setdefault(slot, []).append(
            VersionFigures(model_version, _totals(steps), _series(steps, window))
        )
    return figures


def ms(microseconds: float | None) -> float | None:
    """Milliseconds to the microsecond."""
    return None if microseconds is None else round(microseconds / 1000, 3)


def ratio(total: float, count: int) -> float | None:
    """A mean, None of nothing."""
    return total / count if count else None


def latency_percentile(counts: Counts, fraction: float) -> float | None:
    """Milliseconds."""
    return ms(percentile(LATENCY_EDGES_US, counts, fraction))


def _totals(steps: Sequence[VersionRow]) -> VersionTotals:
    total = reduce(add, (row.bucket for row in steps))
    good = total.images - total.failed
    latencies, queues = total.latency_histogram, total.queue_histogram
    return VersionTotals(
        images=total.images,
        failed=total.failed,
        shapes_mean=_shapes_mean(total),
        score_mean=_score_mean(total),
        latency_ms=Latency(
            p50=latency_percentile(latencies, 0.5),
            p95=latency_percentile(latencies, 0.95),
            p99=latency_percentile(latencies, 0.99),
            mean=ms(ratio(total.latency_us, good)),
        ),
        queue_ms=Queue(latency_percentile(queues, 0.5), latency_percentile(queues, 0.99)),
        score_histogram=list(total.score_histogram),
    )


def _series(steps: Sequence[VersionRow], window: Window) -> VersionSeries:
    by_time = {int(row.at.timestamp()): row.bucket for row in steps}
    buckets = [by_time.get(at, _NOTHING) for at in window.times]

    def latencies(fraction: float) -> Series:
        return [latency_percentile(bucket.latency_histogram, fraction) for bucket in buckets]

    return VersionSeries(
        images=[bucket.images for bucket in buckets],
        failed=[bucket.failed for bucket in buckets],
        p50=latencies(0.5),
        p95=latencies(0.95),
        p99=latencies(0.99),
        shapes_mean=[_shapes_mean(bucket) for bucket in buckets],
        score_mean=[_score_mean(bucket) for bucket in buckets],
    )


def _shapes_mean(bucket: VersionBucket) -> float | None:
    return ratio(bucket.shapes, bucket.images - bucket.failed)


def _score_mean(bucket: VersionBucket) -> float | None:
    return ratio(bucket.score_millionths / 1_000_000, bucket.shapes)
