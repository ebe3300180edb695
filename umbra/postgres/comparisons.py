"""Comparisons: what champion and shadow said about one landing, side by side."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from umbra.core.agreement import Comparison
from umbra.core.judgement import LandingKey, Pair
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.rows import json_rows
from umbra.postgres.statements import statements

_ROWS_AT_ONCE = 5_000


class KeptPair(NamedTuple):
    """A row, as much of it as says who is beside whom.

    Attributes:
        landed_ms: milliseconds since the epoch.
    """

    landed_ms: int
    offset: int
    slot: str
    deployment: str
    revision: int
    champion: str
    shadow: str
    outcome: str


def each(db: Connection, partition: int, since_ms: int) -> Iterator[KeptPair]:
    """Every pair of a partition that landed at or after `since_ms`, without holding them all.

    Raises:
        Retryable: PostgreSQL is away; SchemaMismatch: it has no such table.
    """
    with transaction(db), db.cursor(name="pairs") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(statements("comparisons")["each"], {"partition": partition, "since_ms": since_ms})
        yield from (KeptPair(*row) for row in cursor)


def insert(db: Connection, pairs: Sequence[Pair]) -> list[Pair]:
    """Insert pairs; those that were not there yet, which alone may be added to buckets."""
    if not pairs:
        return []
    rows = {"comparisons": json_rows(_row(pair) for pair in pairs)}
    inserted = db.execute(statements("comparisons")["insert"], rows).fetchall()
    if len(inserted) == len(pairs):
        return list(pairs)
    new = {(LandingKey(*landing), slot) for *landing, slot in inserted}
    return [pair for pair in pairs if (pair.champion.landing, pair.shadow.slot) in new]


def _row(pair: Pair) -> dict[str, Any]:
    champion, shadow = pair.champion, pair.shadow
    row = {
        **champion.landing._asdict(),
        "slot": shadow.slot,
        "deployment": champion.deployment,
        "image_id": champion.image_id,
        "revision": champion.revision,
        "champion": champion.model_version,
        "shadow": shadow.model_version,
        "outcome": pair.outcome,
    }
    if pair.comparison is not None:
        row |= _compared(pair.comparison) | {"latency_delta_us": pair.latency_delta_us}
    return row


def _compared(comparison: Comparison) -> dict[str, Any]:
    return {
        "champion_shapes": comparison.champion_shapes,
        "shadow_shapes": comparison.shadow_shapes,
        "matched": comparison.matched,
        "matched_same_label": comparison.matched_same_label,
        "flips": comparison.flips,
        "contested": comparison.contested,
        "iou_millionths": comparison.iou_millionths,
        "score_delta_millionths": comparison.score_delta_millionths,
        "pairing": {
            "matches": comparison.matches,
            "flipped": comparison.flipped,
            "only_champion": comparison.only_champion,
            "only_shadow": comparison.only_shadow,
        },
    }
