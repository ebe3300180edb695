"""Windows over the ten-second buckets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from umbra.core.agreement import LabelPair, Met
from umbra.core.buckets import ComparisonBucket, VersionBucket
from umbra.core.histogram import DELTA_EDGES_US, LATENCY_EDGES_US, SCORE_EDGES, Counts, Edges
from umbra.core.window import Window
from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("metrics")


class VersionRow(NamedTuple):
    """A step of one ModelVersion in one slot; `revision` is the newest in it."""

    at: datetime
    slot: str
    model_version: str
    revision: int
    bucket: VersionBucket


class PairRow(NamedTuple):
    """A step of one slot's pairs under one revision, without their confusion."""

    at: datetime
    slot: str
    revision: int
    bucket: ComparisonBucket


class Unpaired(NamedTuple):
    """The champion's images whose shadow is missing: for a little while, and for longer."""

    waiting: int
    orphans: int


SlotRevision = tuple[str, int]


def versions(db: Connection, deployment: str, window: Window) -> list[VersionRow]:
    """Every ModelVersion's steps, oldest first."""
    return [
        VersionRow(
            row.pop("at"),
            row.pop("slot"),
            row.pop("model_version"),
            row.pop("revision"),
            VersionBucket(
                **row
                | {
                    "score_histogram": _counts(row["score_histogram"], SCORE_EDGES),
                    "latency_histogram": _counts(row["latency_histogram"], LATENCY_EDGES_US),
                    "queue_histogram": _counts(row["queue_histogram"], LATENCY_EDGES_US),
                }
            ),
        )
        for row in _rows(db, "select_versions", deployment, window)
    ]


def pairs(db: Connection, deployment: str, window: Window) -> list[PairRow]:
    """Every slot's steps, oldest first."""
    return [
        PairRow(row.pop("at"), row.pop("slot"), row.pop("revision"), _comparison_bucket(row))
        for row in _rows(db, "select_pairs", deployment, window)
    ]


def confusion(db: Connection, deployment: str, window: Window) -> dict[SlotRevision, dict[LabelPair, Met]]:
    """Which label met which, by slot and revision."""
    found: dict[SlotRevision, dict[LabelPair, Met]] = {}
    rows = db.execute(_sql["select_confusion"], _parameters(deployment, window))
    for slot, revision, champion, shadow, *sums in rows:
        found.setdefault((slot, revision), {})[champion, shadow] = Met(*sums)
    return found


def unpaired(
    db: Connection, deployment: str, window: Window, orphan_before: datetime
) -> dict[SlotRevision, Unpaired]:
    """Expected pairs that are not there, by slot and revision."""
    parameters = {**_parameters(deployment, window), "orphan_before": orphan_before}
    rows = db.execute(_sql["select_unpaired"], parameters)
    return {(slot, revision): Unpaired(waiting, orphans) for slot, revision, waiting, orphans in rows}


class SummaryRow(NamedTuple):
    """`images` of the champion slot, or the pairs of a shadow slot; `shapes` are those of both sides."""

    deployment: str
    slot: str
    images: int | None
    pairs: int | None
    matched_same_label: int | None
    shapes: int | None


def summary(db: Connection, window: Window) -> list[SummaryRow]:
    """What every deployment's champion judged, and how its shadows agree under the newest revision."""
    rows = db.execute(_sql["select_summary"], {"from": window.start, "to": window.end})
    return [SummaryRow(*row) for row in rows]


def _rows(db: Connection, statement: str, deployment: str, window: Window) -> list[dict[str, Any]]:
    with db.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_sql[statement], _parameters(deployment, window)).fetchall()


def _parameters(deployment: str, window: Window) -> dict[str, Any]:
    return {"deployment": deployment, "from": window.start, "to": window.end, "step_s": window.step_s}


def _comparison_bucket(row: dict[str, Any]) -> ComparisonBucket:
    counts = _counts(row.pop("latency_delta_histogram"), DELTA_EDGES_US)
    return ComparisonBucket(**row, latency_delta_histogram=counts, confusion={})


def _counts(sparse: Mapping[str, int] | None, edges: Edges) -> Counts:
    counted = sparse or {}
    return tuple(int(counted.get(str(place), 0)) for place in range(1, len(edges)))
