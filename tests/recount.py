"""A batch recount: what PostgreSQL must hold, from all prediction records at once; and what it holds.

    assert stored(connection) == recount(predictions)

Knows nothing of batches, fences or order of arrival: that is what it proves.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from umbra.contracts.judgement import judgement_of
from umbra.contracts.prediction import Prediction
from umbra.core.buckets import (
    ComparisonBucket,
    ComparisonKey,
    VersionBucket,
    VersionKey,
    comparison_buckets,
    version_buckets,
)
from umbra.core.judgement import Judgement, LandingKey, Pair, pair
from umbra.postgres.connection import Connection

Key = tuple[LandingKey, str]
"""A landing and the slot that judged it."""


@dataclass
class Tables:
    """The monitor's tables, by their keys."""

    predictions: dict[Key, dict[str, Any]]
    comparisons: dict[Key, dict[str, Any]]
    version_buckets: dict[VersionKey, VersionBucket]
    comparison_buckets: dict[ComparisonKey, ComparisonBucket]

    def differences(self, other: "Tables", limit: int = 5) -> list[str]:
        """The first few rows that differ, for people."""
        return [
            f"{table.name} {key}: {mine.get(key)} != {theirs.get(key)}"
            for table in fields(self)
            for mine, theirs in [(getattr(self, table.name), getattr(other, table.name))]
            for key in sorted({*mine, *theirs}, key=repr)
            if mine.get(key) != theirs.get(key)
        ][:limit]


def recount(predictions: Iterable[Prediction]) -> Tables:
    """What the tables must hold.

    Args:
        predictions: every committed and readable one, in the order of the log within a partition and slot.
    """
    judgements = _first_of_each(judgement_of(prediction) for prediction in predictions)
    pairs = _pairs(judgements)
    return Tables(
        {(j.landing, j.slot): _prediction_row(j) for j in judgements},
        {(p.champion.landing, p.shadow.slot): _comparison_row(p) for p in pairs},
        version_buckets(judgements),
        comparison_buckets(pairs),
    )


def stored(connection: Connection) -> Tables:
    """What the tables hold."""
    return Tables(
        {_key(row): _without_key(row) for row in _rows(connection, _PREDICTIONS)},
        {_key(row): _without_key(row) for row in _rows(connection, _COMPARISONS)},
        _stored_version_buckets(connection),
        _stored_comparison_buckets(connection),
    )


def _first_of_each(judgements: Iterable[Judgement]) -> list[Judgement]:
    first: dict[Key, Judgement] = {}
    for judgement in judgements:
        first.setdefault((judgement.landing, judgement.slot), judgement)
    return list(first.values())


def _pairs(judgements: Iterable[Judgement]) -> list[Pair]:
    by_landing: defaultdict[LandingKey, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        by_landing[judgement.landing].append(judgement)
    return [
        pair(champion, shadow)
        for met in by_landing.values()
        for champion in met
        for shadow in met
        if champion.is_champion and not shadow.is_champion
    ]


def _prediction_row(judgement: Judgement) -> dict[str, Any]:
    return {
        "deployment": judgement.deployment,
        "image_id": judgement.image_id,
        "model_version": judgement.model_version,
        "revision": judgement.revision,
        "status": "failed" if judgement.failed else "ok",
        "shapes": len(judgement.shapes.labels),
    }


def _comparison_row(pair: Pair) -> dict[str, Any]:
    comparison = pair.comparison
    row: dict[str, Any] = {
        "deployment": pair.champion.deployment,
        "image_id": pair.champion.image_id,
        "revision": pair.champion.revision,
        "champion": pair.champion.model_version,
        "shadow": pair.shadow.model_version,
        "outcome": pair.outcome,
        "latency_delta_us": pair.latency_delta_us if comparison else None,
        "pairing": None,
    }
    counts = (
        "champion_shapes",
        "shadow_shapes",
        "matched",
        "matched_same_label",
        "flips",
        "contested",
        "iou_millionths",
        "score_delta_millionths",
        "agreement",
    )
    row |= {name: getattr(comparison, name, None) for name in counts}
    if comparison:
        row["pairing"] = {
            "matches": [list(match) for match in comparison.matches],
            "flipped": [list(match) for match in comparison.flipped],
            "only_champion": comparison.only_champion,
            "only_shadow": comparison.only_shadow,
        }
    return row


_PREDICTIONS = b"""
    SELECT landed_at, partition, "offset", slot, deployment, image_id, model_version, revision, status,
        jsonb_array_length(shapes) AS shapes
    FROM umbra.prediction
"""
_COMPARISONS = b"SELECT * FROM umbra.comparison"
_CONFUSION = b"SELECT * FROM umbra.confusion_bucket"


def _rows(connection: Connection, query: bytes) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _key(row: dict[str, Any]) -> Key:
    return LandingKey(row["landed_at"], row["partition"], row["offset"]), row["slot"]


def _without_key(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in row if name not in ("landed_at", "partition", "offset", "slot")}


def _stored_version_buckets(connection: Connection) -> dict[VersionKey, VersionBucket]:
    return {
        VersionKey(*(row[name] for name in VersionKey._fields)): VersionBucket(
            **{f.name: _plain(row[f.name]) for f in fields(VersionBucket)}
        )
        for row in _rows(connection, b"SELECT * FROM umbra.version_bucket")
    }


def _stored_comparison_buckets(connection: Connection) -> dict[ComparisonKey, ComparisonBucket]:
    confusion: defaultdict[ComparisonKey, Counter[Any]] = defaultdict(Counter)
    for row in _rows(connection, _CONFUSION):
        key = ComparisonKey(*(row[name] for name in ComparisonKey._fields))
        confusion[key][row["champion_label"], row["shadow_label"]] = row["shapes"]
    found = {}
    for row in _rows(connection, b"SELECT * FROM umbra.comparison_bucket"):
        key = ComparisonKey(*(row[name] for name in ComparisonKey._fields))
        sums = {f.name: _plain(row[f.name]) for f in fields(ComparisonBucket) if f.name != "confusion"}
        found[key] = ComparisonBucket(**sums, confusion=confusion[key])
    return found


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
