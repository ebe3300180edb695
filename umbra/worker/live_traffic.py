"""Whether the champion keeps up with what lands: a replay that yields waits while it does not."""

import logging
import threading
import time
from collections.abc import Iterable

from umbra.contracts.worker_status import LIVE_FOR_S, WorkerStatus, worker_status_decoder
from umbra.core.errors import InvalidMessage, Retryable
from umbra.core.names import CHAMPION
from umbra.kafka.follow import Follower
from umbra.kafka.record import Record

log = logging.getLogger(__name__)

BEHIND_S = 0.5
"""So much of what it judges may wait for a champion before it counts as behind."""
BEHIND_IMAGES = 32
"""Fewer are no backlog, whatever its rate."""

_POLL_S = 0.5
_RETRY_S = 5.0


class LiveTraffic:
    """Follows the workers topic; `behind` is for any thread."""

    def __init__(self) -> None:
        self._seen: dict[bytes | None, tuple[WorkerStatus, int]] = {}
        self._behind = False

    def behind(self) -> bool:
        """Whether a champion worker had a backlog when it last reported."""
        return self._behind

    def run(self, follower: Follower, closing: threading.Event) -> None:
        """Follow until closing."""
        while not closing.is_set():
            try:
                self.take(follower.poll(_POLL_S), time.time() * 1000)
            except Retryable as err:
                log.warning("Whether the champion keeps up is not known.", extra={"reason": str(err)})
                closing.wait(_RETRY_S)

    def take(self, records: Iterable[Record], now_ms: float) -> None:
        """Take records of the workers topic into account; `now_ms` since the epoch."""
        for record in records:
            if not record.value:
                self._seen.pop(record.key, None)
            elif (status := _decoded(record.value)) is not None:
                self._seen[record.key] = status, record.timestamp_ms
        since_ms = now_ms - LIVE_FOR_S * 1000
        self._behind = any(seen_ms > since_ms and _lags(status) for status, seen_ms in self._seen.values())


def _lags(status: WorkerStatus) -> bool:
    lag = sum(status.lag.values())
    return status.slot == CHAMPION and lag > max(BEHIND_IMAGES, BEHIND_S * status.images_per_s)


def _decoded(value: bytes) -> WorkerStatus | None:
    try:
        return worker_status_decoder.decode(value)
    except InvalidMessage:
        return None  # the relay says so, once for all
