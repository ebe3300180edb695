"""Ten seconds of predictions or comparisons as sums of integers.

Adding buckets is commutative and associative, so neither the order of the input, nor how it was cut
into batches, nor how late it came changes a sum; a window is the sum of its buckets.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from umbra.core import histogram
from umbra.core.agreement import LabelPair, Met, met_labels, millionths, together
from umbra.core.histogram import DELTA_EDGES_US, LATENCY_EDGES_US, SCORE_EDGES, Counts
from umbra.core.judgement import Judgement, Pair

BUCKET_S = 10


class VersionKey(NamedTuple):
    """One ModelVersion in one slot under one revision."""

    bucket_at: datetime
    deployment: str
    slot: str
    model_version: str
    revision: int


class ComparisonKey(NamedTuple):
    """One champion and one shadow in a slot; the revision is the champion's."""

    bucket_at: datetime
    deployment: str
    slot: str
    champion: str
    shadow: str
    revision: int


@dataclass(frozen=True, slots=True)
class VersionBucket:
    """Everything but `images` and `failed` is of good images only."""

    images: int
    failed: int
    shapes: int
    score_millionths: int
    latency_us: int
    queue_us: int
    decode_us: int
    inference_us: int
    score_histogram: Counts
    latency_histogram: Counts
    queue_histogram: Counts

    def __add__(self, other: "VersionBucket") -> "VersionBucket":
        return VersionBucket(**_sums(self, other))


@dataclass(frozen=True, slots=True)
class ComparisonBucket:
    """Pairs by outcome; everything else is of compared pairs only.

    Attributes:
        contested_images: compared pairs with at least one contested shape.
        confusion: what met, by label pair.
    """

    compared: int
    failed: int
    mixed: int
    champion_shapes: int
    shadow_shapes: int
    matched: int
    matched_same_label: int
    flips: int
    contested: int
    contested_images: int
    iou_millionths: int
    score_delta_millionths: int
    latency_delta_us: int
    latency_delta_histogram: Counts
    confusion: dict[LabelPair, Met]

    def __add__(self, other: "ComparisonBucket") -> "ComparisonBucket":
        return ComparisonBucket(**_sums(self, other))


def bucket_at(landed_at: datetime) -> datetime:
    """The start of the ten seconds an image landed in, UTC."""
    return _start(int(landed_at.timestamp()) // BUCKET_S)


@lru_cache(maxsize=1000)
def _start(bucket: int) -> datetime:
    return datetime.fromtimestamp(bucket * BUCKET_S, UTC)


def version_buckets(judgements: Iterable[Judgement]) -> dict[VersionKey, VersionBucket]:
    """What these judgements add to each bucket."""
    return {
        key: version_bucket(group)
        for key, group in _grouped((_version_key(judgement), judgement) for judgement in judgements).items()
    }


def comparison_buckets(pairs: Iterable[Pair]) -> dict[ComparisonKey, ComparisonBucket]:
    """What these pairs add to each bucket."""
    return {
        key: comparison_bucket(group)
        for key, group in _grouped((_comparison_key(pair), pair) for pair in pairs).items()
    }


def version_bucket(judgements: Sequence[Judgement]) -> VersionBucket:
    """The sums of judgements that share a key."""
    good = [judgement for judgement in judgements if not judgement.failed]
    scores = [millionths(score) for judgement in good for score in judgement.shapes.scores]
    totals = [judgement.latencies.total_us for judgement in good]
    queues = [judgement.latencies.queue_us for judgement in good]
    return VersionBucket(
        images=len(judgements),
        failed=len(judgements) - len(good),
        shapes=len(scores),
        score_millionths=sum(scores),
        latency_us=sum(totals),
        queue_us=sum(queues),
        decode_us=sum(judgement.latencies.decode_us for judgement in good),
        inference_us=sum(judgement.latencies.inference_us for judgement in good),
        score_histogram=histogram.count(SCORE_EDGES, scores),
        latency_histogram=histogram.count(LATENCY_EDGES_US, totals),
        queue_histogram=histogram.count(LATENCY_EDGES_US, queues),
    )


def comparison_bucket(pairs: Sequence[Pair]) -> ComparisonBucket:
    """The sums of pairs that share a key."""
    outcomes = Counter(pair.outcome for pair in pairs)
    compared = [pair.comparison for pair in pairs if pair.comparison is not None]
    deltas = [pair.latency_delta_us for pair in pairs if pair.comparison is not None]
    return ComparisonBucket(
        compared=outcomes["compared"],
        failed=outcomes["failed"],
        mixed=outcomes["mixed"],
        champion_shapes=sum(c.champion_shapes for c in compared),
        shadow_shapes=sum(c.shadow_shapes for c in compared),
        matched=sum(c.matched for c in compared),
        matched_same_label=sum(c.matched_same_label for c in compared),
        flips=sum(c.flips for c in compared),
        contested=sum(c.contested for c in compared),
        contested_images=sum(c.contested > 0 for c in compared),
        iou_millionths=sum(c.iou_millionths for c in compared),
        score_delta_millionths=sum(c.score_delta_millionths for c in compared),
        latency_delta_us=sum(deltas),
        latency_delta_histogram=histogram.count(DELTA_EDGES_US, deltas),
        confusion=together(met for pair in pairs for met in _met_labels(pair)),
    )


Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


def _grouped(items: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    groups: defaultdict[Key, list[Item]] = defaultdict(list)
    for key, item in items:
        groups[key].append(item)
    return groups


def _met_labels(pair: Pair) -> list[tuple[LabelPair, Met]]:
    if pair.comparison is None:
        return []
    return met_labels(pair.comparison, pair.champion.shapes, pair.shadow.shapes)


def _version_key(j: Judgement) -> VersionKey:
    return VersionKey(bucket_at(j.landing.landed_at), j.deployment, j.slot, j.model_version, j.revision)


def _comparison_key(pair: Pair) -> ComparisonKey:
    champion, shadow = pair.champion, pair.shadow
    return ComparisonKey(
        bucket_at(champion.landing.landed_at),
        champion.deployment,
        shadow.slot,
        champion.model_version,
        shadow.model_version,
        champion.revision,
    )


Bucket = TypeVar("Bucket", VersionBucket, ComparisonBucket)


def _sums(a: Bucket, b: Bucket) -> dict[str, Any]:
    return {f.name: _sum(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)}


def _sum(a: Any, b: Any) -> Any:
    if isinstance(a, dict):
        return together([*a.items(), *b.items()])
    return histogram.add(a, b) if isinstance(a, tuple) else a + b
