"""Who runs what."""

from datetime import UTC, datetime

import msgspec
from fastapi import APIRouter

from services.api.adapters import Db
from services.api.entries import is_live
from services.http.gates import needs
from umbra.contracts.http.worker import WorkerEntry, Workers
from umbra.core.role import Role
from umbra.postgres import workers
from umbra.postgres.workers import Seen

router = APIRouter(prefix="/v1/workers", tags=["workers"], dependencies=[needs(Role.VIEWER)])


@router.get("", summary="Every worker, as it last reported")
def list_workers(db: Db) -> Workers:
    return Workers([_shown(seen) for seen in workers.select(db)], datetime.now(UTC))


def _shown(seen: Seen) -> WorkerEntry:
    said = msgspec.to_builtins(seen.status)
    return msgspec.convert({**said, "live": is_live(seen), "seen_at": seen.seen_at}, WorkerEntry)
