"""What PostgreSQL keeps, as the proof asks for it."""

from collections.abc import Iterator

from umbra.postgres import comparisons, fences
from umbra.postgres.comparisons import KeptPair
from umbra.postgres.connection import Connection, transaction


class Database:
    """Reads alone; used by one thread.

    Every method raises `Retryable` when PostgreSQL is away, and `SchemaMismatch` without its tables.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def applied(self, topic_id: str) -> dict[int, int]:
        """The next record of each partition of a prediction topic that the monitor will apply."""
        with transaction(self._connection):
            return fences.next_offsets(self._connection, topic_id)

    def pairs(self, partition: int, since_ms: int) -> Iterator[KeptPair]:
        """See `comparisons.each`."""
        return comparisons.each(self._connection, partition, since_ms)
