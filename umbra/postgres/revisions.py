"""Table `revision`: every revision of every deployment, and how far each has come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from umbra.core.revision import Revision
from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("revisions")


class Step(NamedTuple):
    """When a revision got somewhere: staged, ready, markers, active, failed."""

    step: str
    at: datetime


class Noted(NamedTuple):
    """A revision and its steps, in their order."""

    revision: Revision
    steps: list[Step]

    def at(self, step: str) -> datetime | None:
        """When it got to a step, None when it has not."""
        return next((noted.at for noted in self.steps if noted.step == step), None)


def standing(db: Connection, deployment: str, also: int | None = None) -> list[Revision]:
    """What `core.change.next_revision` needs to know of a deployment; empty when it does not exist."""
    rows = _select(db, "select_standing", deployment=deployment, also=also)
    return [noted.revision for noted in rows]


def history(db: Connection, deployment: str, *, before: int | None = None, limit: int = 1000) -> list[Noted]:
    """The revisions of a deployment with a number below `before`, newest first."""
    return _select(db, "select_history", deployment=deployment, before=before, limit=limit)


def find(db: Connection, deployment: str, revision: int) -> Noted | None:
    """One revision, None when there is none of that number."""
    return next(iter(_select(db, "select_revision", deployment=deployment, revision=revision)), None)


def staged(db: Connection) -> list[Noted]:
    """Every revision that waits to become active, oldest request first."""
    return _select(db, "select_staged")


def everything(db: Connection) -> list[Noted]:
    """Every revision there is, in the order of deployment and number."""
    return _select(db, "select_all")


def newest(db: Connection) -> list[Noted]:
    """Of every deployment its newest, newest active and staged revision, newest first."""
    return _select(db, "select_newest")


def lock_staged(db: Connection, revision: Revision) -> bool:
    """Hold a staged revision until the transaction ends; False: it is not staged any more."""
    held = db.execute(_sql["lock_staged"], {"deployment": revision.deployment, "revision": revision.revision})
    return held.fetchone() is not None


def lock_open(db: Connection, deployment: str) -> None:
    """Hold the staged revision of a deployment, if any, once nobody else is settling it."""
    db.execute(_sql["lock_open"], {"deployment": deployment})


def insert(db: Connection, revision: Revision) -> None:
    """Add a revision; its number must be free."""
    db.execute(_sql["insert_revision"], _columns(revision))


def upsert(db: Connection, revision: Revision) -> None:
    """Make the row say what the control topic says."""
    db.execute(_sql["upsert_revision"], _columns(revision))


def settle(db: Connection, revision: Revision) -> None:
    """Write the state, place and failure of a revision that was staged."""
    db.execute(_sql["update_outcome"], _columns(revision))


def add_steps(db: Connection, revision: Revision, steps: Sequence[Step]) -> None:
    """Note steps; one that is noted already keeps its first time."""
    place = {"deployment": revision.deployment, "revision": revision.revision}
    for step, at in steps:
        db.execute(_sql["add_step"], {**place, "step": step, "at": at})


def _select(db: Connection, statement: str, **parameters: Any) -> list[Noted]:
    with db.cursor(row_factory=dict_row) as cursor:
        return [_noted(row) for row in cursor.execute(_sql[statement], parameters)]


def _noted(row: dict[str, Any]) -> Noted:
    steps = msgspec.convert(row.pop("steps"), list[dict[str, Any]])
    revision = msgspec.convert(row, Revision, strict=False)
    return Noted(revision, [Step(step["step"], datetime.fromisoformat(step["at"])) for step in steps])


def _columns(revision: Revision) -> dict[str, Any]:
    fields = {name: getattr(revision, name) for name in Revision.__dataclass_fields__}
    plain = {name: Jsonb(msgspec.to_builtins(fields[name], str_keys=True)) for name in ("slots", "starts")}
    return fields | plain
