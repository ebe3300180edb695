"""The workers topic as the relay knows it: who is alive, and what each reports."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from umbra.contracts.wire import from_epoch_ms
from umbra.contracts.worker_status import LIVE_FOR_S, WorkerStatus, worker_status_decoder
from umbra.core.errors import InvalidMessage
from umbra.kafka.record import Record
from umbra.postgres.workers import Seen

log = logging.getLogger(__name__)


class News(NamedTuple):
    """What a few records changed: workers seen, and workers that stopped cleanly."""

    seen: dict[str, Seen]
    gone: set[str]


class Roster:
    """The last status of every worker."""

    def __init__(self) -> None:
        self._workers: dict[str, Seen] = {}

    def take(self, records: Iterable[Record]) -> News:
        """Take records of the workers topic into account; those nobody can read are skipped."""
        news = News({}, set())
        for record in records:
            name = (record.key or b"").decode(errors="replace")
            if not record.value:
                news.seen.pop(name, None)
                news.gone.add(name)
            elif (seen := _decoded(record)) is not None:
                news.seen[name] = seen
                news.gone.discard(name)
        for name in news.gone:
            self._workers.pop(name, None)
        self._workers.update(news.seen)
        return news

    def live(self, now: datetime) -> list[WorkerStatus]:
        """The status of every worker that runs: the brokers took it less than 10 s ago."""
        since = now - timedelta(seconds=LIVE_FOR_S)
        seen = (seen for seen in self._workers.values() if seen.seen_at > since)
        return [worker.status for worker in seen if worker.status.failure is None]

    def everyone(self) -> dict[str, Seen]:
        """The last status of every worker by its name, the dead ones too."""
        return dict(self._workers)


def _decoded(record: Record) -> Seen | None:
    try:
        return Seen(worker_status_decoder.decode(record.value), from_epoch_ms(record.timestamp_ms))
    except InvalidMessage as err:
        log.warning("A worker status was skipped.", extra={"offset": record.offset, "reason": str(err)})
        return None
