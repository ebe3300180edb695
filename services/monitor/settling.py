"""What to do with a batch that cannot be applied: find the record at fault, keep it aside, go on."""

import logging
from collections.abc import Callable, Iterator, Sequence

from services.monitor.flush import Tally, dead_letter
from services.monitor.reached import CommitsLost
from services.monitor.reading import Broken
from services.monitor.sources import Sources
from umbra.core.errors import Retryable
from umbra.kafka.record import Record
from umbra.postgres import dead_letters, fences
from umbra.postgres.connection import Connection, SchemaMismatch, transaction
from umbra.postgres.fences import Move

log = logging.getLogger(__name__)

BATCH_BYTES = 32_000_000
"""A batch with more is applied in halves: a JSON parameter must stay far under PostgreSQL's 256 MB."""

Flush = Callable[[Sequence[Record]], Tally]
Park = Callable[[Record, Exception], Tally]


def settle(records: Sequence[Record], flush: Flush, park: Park) -> Iterator[Tally]:
    """Apply all of `records`, in their order, whatever one of them is like.

    Yields:
        What became of each part that was applied.

    Raises:
        Retryable, SchemaMismatch, CommitsLost: no record's fault; what was yielded stays applied.
    """
    if len(records) > 1 and sum(len(record.value or b"") for record in records) > BATCH_BYTES:
        yield from _halves(records, flush, park)
        return
    try:
        yield flush(records)
    except (Retryable, SchemaMismatch, CommitsLost):
        raise
    except Exception as err:
        if len(records) > 1:
            yield from _halves(records, flush, park)
        else:
            log.exception("A record cannot be applied; it is kept aside.", extra=_place(records[0]))
            yield park(records[0], err)


def park(connection: Connection, record: Record, sources: Sources, err: Exception) -> Tally:
    """Keep a record aside that broke `flush` for a reason nobody foresaw, and move its fence behind it."""
    broken = Broken(record, f"It cannot be applied ({type(err).__name__}: {err}). Report this as a bug.")
    topic_id = sources.ids[record.topic]
    with transaction(connection):
        fences.lock(connection, [record.partition], sources.ids)
        dead_letters.insert(connection, [dead_letter(broken, sources)])
        fences.move(connection, [Move(topic_id, record.partition, record.next_offset, dead_letters=1)])
    return Tally(dead_letters=1)


def _halves(records: Sequence[Record], flush: Flush, park: Park) -> Iterator[Tally]:
    middle = len(records) // 2
    yield from settle(records[:middle], flush, park)
    yield from settle(records[middle:], flush, park)


def _place(record: Record) -> dict[str, object]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
