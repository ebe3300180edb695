"""How things stand, read from PostgreSQL."""

from collections.abc import Hashable, Iterator

from services.api.entries import is_live
from services.api.events.news import News, Standing
from umbra.postgres import events, workers
from umbra.postgres.connection import Connection
from umbra.postgres.events import CountedRow, ReviewRow, RevisionRow
from umbra.postgres.workers import Seen

Keyed = tuple[Hashable, News]


class Reader:
    """Looks again and again; what has been counted is only looked at when something was."""

    def __init__(self) -> None:
        self._reached = -1
        self._counted: list[CountedRow] = []
        self._unplaced = 0

    def read(self, db: Connection) -> Standing:
        """How things stand now."""
        self._count(db)
        return dict(
            [
                *map(_revision, events.revisions(db)),
                *(keyed for row in self._counted for keyed in self._figures(row)),
                *map(_review, events.reviews(db)),
                *map(_worker, workers.select(db)),
            ]
        )

    def _count(self, db: Connection) -> None:
        # First how far, then what: what is counted in between is told again, not missed.
        reached = events.reached(db)
        if reached == self._reached:
            return
        counted = events.counted(db)
        # Only old buckets have grown, and whose is not known: figures of all may differ.
        self._unplaced += counted == self._counted
        self._reached, self._counted = reached, counted

    def _figures(self, row: CountedRow) -> Iterator[Keyed]:
        data = {"deployment": row.deployment, "bucket": row.bucket_at.isoformat(), "images": row.images}
        mark = (row.counted, self._unplaced)
        yield ("metrics", row.deployment), News("metrics", row.deployment, data, mark)
        yield ("images", row.deployment), News("images", row.deployment, data, row.judged)


def _revision(row: RevisionRow) -> Keyed:
    return ("revision", row.deployment, row.revision), News("revision", row.deployment, row._asdict())


def _review(row: ReviewRow) -> Keyed:
    at = f"{row.partition}-{row.offset}"
    data = {"deployment": row.deployment, "image_id": row.image_id, "at": at, "review": row.review}
    return ("review", row.deployment, at, row.review), News("review", row.deployment, data)


def _worker(seen: Seen) -> Keyed:
    status = seen.status
    data = {"worker": status.worker, "slot": status.slot, "state": _state(seen)}
    models = tuple(sorted((name, model.state) for name, model in status.models.items()))
    mark = (status.boot, tuple(status.partitions), models, tuple(sorted(status.revisions.items())))
    return ("worker", status.worker), News("worker", None, data, mark)


def _state(seen: Seen) -> str:
    if seen.status.failure is not None:
        return "failed"
    if not is_live(seen):
        return "silent"
    if seen.status.blocked:
        return "blocked"
    loading = any(model.state == "loading" for model in seen.status.models.values())
    return "loading" if loading else "ready"
