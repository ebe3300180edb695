"""Landings without a ground truth, in the orders in which they are reviewed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from umbra.core.judgement import LandingKey
from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("review_queue")

Order = Literal["newest", "contested", "random"]

_MOST_CONTESTED = 20_000
"""The most contested are looked for among so many of the newest contested ones."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What may be reviewed.

    Attributes:
        slot: of the shadow whose differences count.
        exclude: `<partition>-<offset>` of those that somebody has in hand.
    """

    deployment: str
    slot: str
    since: datetime
    exclude: Sequence[str] = ()


def select(db: Connection, frame: Frame, order: Order, limit: int) -> list[LandingKey]:
    """The next landings to review, at most `limit`."""
    if order != "random":
        return _landings(db, f"select_{order}", frame, limit)
    first = _landings(db, "select_drawn", frame, limit)
    if len(first) == limit:
        return first
    return first + _landings(db, "select_drawn_later", frame, limit - len(first))


def count(db: Connection, frame: Frame, most: int) -> int:
    """How many landings there are to review, counted no further than `most`."""
    row = db.execute(_sql["count_remaining"], _parameters(frame) | {"most": most}).fetchone()
    assert row is not None
    found: int = row[0]
    return found


def _landings(db: Connection, statement: str, frame: Frame, limit: int) -> list[LandingKey]:
    parameters = _parameters(frame) | {"limit": limit, "most": _MOST_CONTESTED}
    return [LandingKey(*row) for row in db.execute(_sql[statement], parameters, prepare=False)]


def _parameters(frame: Frame) -> dict[str, Any]:
    return {
        "deployment": frame.deployment,
        "slot": frame.slot,
        "since": frame.since,
        "exclude": list(frame.exclude),
    }
