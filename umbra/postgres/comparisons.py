"""Comparisons: what champion and shadow said about one landing, side by side."""

from collections.abc import Sequence
from typing import Any

from umbra.core.agreement import Comparison
from umbra.core.judgement import LandingKey, Pair
from umbra.postgres.connection import Connection
from umbra.postgres.rows import json_rows
from umbra.postgres.statements import statements


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
