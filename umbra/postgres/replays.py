"""Table `replay`: every replay of every deployment, and how far each is."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from umbra.core.replay import Progress, Replay
from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("replays")


class Noted(NamedTuple):
    """A replay and how far it is.

    Attributes:
        offsets_per_s: over the last minute; None when it stands still, or nobody has looked yet.
    """

    replay: Replay
    progress: Progress
    offsets_per_s: float | None
    settled_at: datetime | None


class Counted(NamedTuple):
    """Images it judged, of which `failed` could not be."""

    images: int
    failed: int


def insert(db: Connection, replay: Replay) -> None:
    """Add a replay; one that is there already is left alone."""
    db.execute(_sql["insert_replay"], _columns(replay))


def settle(db: Connection, replay: Replay) -> bool:
    """Write how an open replay ended; False: it is settled already."""
    settled = {"id": replay.id, "state": replay.state, "failure": replay.failure}
    return db.execute(_sql["settle_replay"], settled).fetchone() is not None


def note(db: Connection, replay: Replay, progress: Progress, offsets_per_s: float | None) -> None:
    """Write how far it is."""
    positions = Jsonb(msgspec.to_builtins(progress.positions, str_keys=True))
    noted = {"id": replay.id, "positions": positions, "offsets_per_s": offsets_per_s}
    db.execute(_sql["note_progress"], noted)


def everything(db: Connection) -> list[Noted]:
    """Every replay there is, the oldest first."""
    return _select(db, "select_all")


def open_ones(db: Connection) -> list[Noted]:
    """Every replay that is not settled, the oldest first."""
    return _select(db, "select_open")


def settled_of(db: Connection, ids: Collection[str]) -> list[Noted]:
    """Those of these replays that are settled."""
    return _select(db, "select_settled_of", ids=list(ids)) if ids else []


def of_deployment(db: Connection, deployment: str) -> list[Noted]:
    """The replays of a deployment, the newest first."""
    return _select(db, "select_of_deployment", deployment=deployment)


def find(db: Connection, deployment: str, id: str) -> Noted | None:
    """One replay, None when the deployment has none of that id."""
    return next(iter(_select(db, "select_replay", deployment=deployment, id=id)), None)


def counted(db: Connection, replay: Replay) -> Counted:
    """What it has judged, as far as the monitor has counted it."""
    place = {"deployment": replay.deployment, "slot": replay.slot, "since": replay.since}
    return Counted(*db.execute(_sql["count_judged"], place).fetchone() or (0, 0))


def unpaired(db: Connection, replay: Replay) -> dict[int, int]:
    """The champion's revision → its images in the stretch that the replay has not been paired with."""
    stretch = {name: Jsonb(dict(getattr(replay, name))) for name in ("starts", "ends")}
    place = {"deployment": replay.deployment, "slot": replay.slot, "since": replay.since}
    rows = db.execute(_sql["count_unpaired"], {**place, **stretch, "until": replay.requested_at})
    return dict(rows.fetchall())


def _select(db: Connection, statement: str, **parameters: Any) -> list[Noted]:
    with db.cursor(row_factory=dict_row) as cursor:
        return [_noted(row) for row in cursor.execute(_sql[statement], parameters)]


def _noted(row: dict[str, Any]) -> Noted:
    positions = msgspec.convert(row.pop("positions"), dict[int, int], strict=False)
    offsets_per_s, settled_at = row.pop("offsets_per_s"), row.pop("settled_at")
    return Noted(msgspec.convert(row, Replay, strict=False), Progress(positions), offsets_per_s, settled_at)


def _columns(replay: Replay) -> dict[str, Any]:
    fields = {name: getattr(replay, name) for name in Replay.__dataclass_fields__}
    nested = ("model", "starts", "ends")
    return fields | {name: Jsonb(msgspec.to_builtins(fields[name], str_keys=True)) for name in nested}
