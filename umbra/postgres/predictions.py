"""Predictions: written as they are on the wire, read back as judgements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from umbra.contracts.judgement import latencies_of, shapes_of
from umbra.contracts.manifest import Task
from umbra.contracts.prediction import Latency, Shape
from umbra.core.errors import Retryable
from umbra.core.judgement import Judgement, LandingKey
from umbra.core.names import CHAMPION
from umbra.postgres.connection import Connection, Cursor
from umbra.postgres.rows import json_rows
from umbra.postgres.statements import statements

_latency_decoder = msgspec.json.Decoder(Latency)
_shapes_decoder = msgspec.json.Decoder(list[Shape])


@dataclass(frozen=True, slots=True)
class Insertion:
    """Predictions on their way into the table; PostgreSQL may still be at it."""

    _cursor: Cursor
    _predictions: int

    def check(self) -> None:
        """Raises:
        Retryable: somebody else inserted one of them since `known` was asked.
        """
        missing = self._predictions - self._cursor.rowcount
        if missing:
            raise Retryable(
                f"Another monitor inserted {missing} of these {self._predictions} predictions at the same "
                "time; the batch is done again."
            )


def insert(db: Connection, predictions: Sequence[bytes]) -> Insertion:
    """Insert predictions that `known` has not found; within a pipeline this does not wait.

    Args:
        predictions: the values of their records.
    """
    rows = {"predictions": json_rows(predictions)}
    return Insertion(db.execute(statements("predictions")["insert"], rows), len(predictions))


def known(db: Connection, arrived: Sequence[Judgement]) -> list[Judgement]:
    """What is there already of the landings in `arrived`: the same slot, or the other side."""
    if not arrived:
        return []
    return _at(db, [(judgement.landing, judgement.slot) for judgement in arrived])


def unpaired(db: Connection, since: datetime, limit: int = 1000) -> list[Judgement]:
    """All judgements of landings at or after `since` where a complete pair has no comparison."""
    rows = db.execute(statements("predictions")["unpaired"], {"since": since, "limit": limit})
    landings = {LandingKey(*landing) for landing in rows}
    # A champion asked for finds itself and every shadow.
    return _at(db, [(landing, CHAMPION) for landing in landings]) if landings else []


def _at(db: Connection, wanted: Iterable[tuple[LandingKey, str]]) -> list[Judgement]:
    arrived = json_rows({**landing._asdict(), "slot": slot} for landing, slot in wanted)
    rows = db.execute(statements("predictions")["known"], {"arrived": arrived})
    return [_judgement(*row) for row in rows]


def _judgement(
    landed_at: datetime,
    partition: int,
    offset: int,
    deployment: str,
    image_id: str,
    slot: str,
    model_version: str,
    revision: int,
    status: str,
    latency_ms: str,
    shapes: str,
    task: Task | None,
) -> Judgement:
    return Judgement(
        LandingKey(landed_at, partition, offset),
        deployment,
        image_id,
        slot,
        model_version,
        revision,
        status == "failed",
        latencies_of(_latency_decoder.decode(latency_ms)),
        shapes_of(_shapes_decoder.decode(shapes), task),
    )
