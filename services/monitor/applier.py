"""Applies batches to PostgreSQL over a connection that is made anew when it broke."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from services.monitor.flush import SESSION, Tally, flush, place_of
from services.monitor.metrics import Metrics, Stopwatch
from services.monitor.reached import Reached
from services.monitor.reading import Span
from services.monitor.settings import Settings
from services.monitor.settling import park, settle
from services.monitor.sources import Sources
from umbra.core.errors import Retryable
from umbra.kafka.record import Record
from umbra.postgres.connection import Connection, connect

log = logging.getLogger(__name__)


class Applier:
    """Called by one thread at a time."""

    def __init__(self, settings: Settings, sources: Sources, metrics: Metrics, reached: Reached) -> None:
        self._settings = settings
        self._sources = sources
        self._metrics = metrics
        self._reached = reached
        self._connection: Connection | None = None

    def apply(self, records: Sequence[Record]) -> None:
        """Apply records.

        Raises:
            Retryable: PostgreSQL is away. Give all of them again: what is applied is skipped.
            CommitsLost: it has come back without what it had applied.
        """
        self._metrics.in_hand = len(records)
        try:
            self._apply(self._connected(), records)
            self._reached.note({place_of(record, self._sources): record.next_offset for record in records})
        except Retryable as err:
            self._metrics.retried(str(err))
            raise
        finally:
            self._metrics.in_hand = 0

    def _apply(self, connection: Connection, records: Sequence[Record]) -> None:
        span, stopwatch = self._span(), Stopwatch()

        def apply_part(part: Sequence[Record]) -> Tally:
            return flush(connection, part, self._sources, span, self._reached)

        def keep_aside(record: Record, err: Exception) -> Tally:
            return park(connection, record, self._sources, err)

        for tally in settle(records, apply_part, keep_aside):
            self._metrics.applied(tally, stopwatch.lap())

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.broken or self._connection.closed:
            self._connection = connect(self._settings, "umbra-monitor", **SESSION)
        return self._connection

    def _span(self) -> Span:
        days = min(self._settings.predictions_retention_days, self._settings.bucket_retention_days)
        return Span.kept(datetime.now(UTC), days)
