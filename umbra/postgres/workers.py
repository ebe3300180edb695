"""Table `worker`: the workers topic, mirrored by the relay."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from umbra.contracts.worker_status import WorkerStatus
from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("workers")


class Seen(NamedTuple):
    """A worker's last status, and when the brokers took it."""

    status: WorkerStatus
    seen_at: datetime


def upsert(db: Connection, workers: Mapping[str, Seen]) -> None:
    """Write the last status of each worker, by its name."""
    with db.cursor() as cursor:
        cursor.executemany(
            _sql["upsert_worker"],
            [
                {
                    "name": name,
                    "slot": status.slot,
                    "status": Jsonb(msgspec.to_builtins(status, str_keys=True)),
                    "seen_at": seen_at,
                }
                for name, (status, seen_at) in workers.items()
            ],
        )


def delete(db: Connection, names: Collection[str]) -> None:
    """Forget workers."""
    db.execute(_sql["delete_workers"], {"names": list(names)})


def keep_only(db: Connection, names: Collection[str]) -> None:
    """Forget all other workers."""
    db.execute(_sql["delete_others"], {"names": list(names)})


def select(db: Connection) -> list[Seen]:
    """Every worker, by slot and name."""
    rows = db.execute(_sql["select_workers"])
    return [Seen(msgspec.convert(status, WorkerStatus, strict=False), seen_at) for status, seen_at in rows]
