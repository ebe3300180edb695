"""A batch of prediction records into PostgreSQL: one transaction, the place in Kafka included.

Knows nothing of Faust. Applying a record twice, in another batch, or later than its partner gives the
same tables.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.monitor.reached import Reached
from services.monitor.reading import Arrival, Broken, Reading, Span, read
from services.monitor.sources import Sources
from umbra.contracts.dead_letter import INVALID_MESSAGE
from umbra.core.buckets import comparison_buckets, version_buckets
from umbra.core.judgement import Judgement, LandingKey, Outcome, Pair, pairs
from umbra.core.names import is_replay
from umbra.kafka.record import Record
from umbra.postgres import buckets, comparisons, days, dead_letters, fences, predictions
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.dead_letters import DeadLetter
from umbra.postgres.fences import Fenced, Move

SESSION = {
    # What was applied is never read again, so it must outlive a crash of the server.
    "synchronous_commit": "on",
    # Every statement looks rows up by key. A plan made while a day was empty would scan it for ever.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # Planning over two weeks of partitions takes longer than the statements themselves.
    "plan_cache_mode": "force_generic_plan",
}
"""Session parameters of the connection that `flush` is given."""


@dataclass(slots=True)
class Tally:
    """What became of a batch.

    Attributes:
        redelivered: were applied before, below the fence.
        duplicates: another prediction of the same landing and slot was there first.
        too_late: landed before what PostgreSQL keeps.
        pairs: new pairs by outcome.
        pair_ages_us: of the same pairs, but those of replays: from the landing to the later prediction.
    """

    applied: int = 0
    redelivered: int = 0
    duplicates: int = 0
    too_late: int = 0
    dead_letters: int = 0
    pairs: Counter[Outcome] = field(default_factory=Counter)
    pair_ages_us: list[int] = field(default_factory=list)


def flush(
    connection: Connection,
    records: Sequence[Record],
    sources: Sources,
    span: Span,
    reached: Reached | None = None,
) -> Tally:
    """Apply a batch.

    Args:
        records: of both topics and several partitions mixed; those of a partition in its order.
        reached: how far partitions are known to be applied; None: nothing is.

    Raises:
        Retryable: PostgreSQL is away; nothing was applied.
        CommitsLost: it is not where it was before; nothing was applied.
    """
    with transaction(connection):
        fenced = fences.lock(connection, {record.partition for record in records}, sources.ids)
        if reached is not None:
            reached.check(fenced)
        fresh = _above(records, fenced, sources)
        reading = read(fresh, sources, span)
        days.make(connection, reading.days)
        known = predictions.known(connection, [arrival.judgement for arrival in reading.arrivals])

        new, duplicates = _first_of_each(reading.arrivals, known)
        judgements = [arrival.judgement for arrival in new]

        # In a pipeline PostgreSQL inserts the predictions while their pairs are compared here.
        with connection.pipeline():
            insertion = predictions.insert(connection, [arrival.record.value or b"" for arrival in new])
            met = pairs(judgements, known)
            buckets.add_versions(connection, version_buckets(judgements))
            new_pairs = record_pairs(connection, met)
        insertion.check()
        dead_letters.insert(connection, [dead_letter(broken, sources) for broken in reading.broken])
        fences.move(connection, _moves(fresh, duplicates, reading, sources))
    return Tally(
        applied=len(new),
        redelivered=len(records) - len(fresh),
        duplicates=len(duplicates),
        too_late=len(reading.too_late),
        dead_letters=len(reading.broken),
        pairs=Counter(pair.outcome for pair in new_pairs),
        pair_ages_us=[pair.age_us for pair in new_pairs if not is_replay(pair.shadow.slot)],
    )


def record_pairs(connection: Connection, met: Sequence[Pair]) -> list[Pair]:
    """Insert pairs and add those that were not there yet to their buckets; within a transaction."""
    new = comparisons.insert(connection, met)
    buckets.add_comparisons(connection, comparison_buckets(new))
    return new


def dead_letter(broken: Broken, sources: Sources) -> DeadLetter:
    """What is kept of a record that nobody can read: all of it."""
    record = broken.record
    return DeadLetter(
        topic=record.topic,
        topic_id=sources.ids[record.topic],
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
        code=INVALID_MESSAGE,
        message=broken.reason,
    )


def _above(records: Iterable[Record], fenced: Mapping[Fenced, int], sources: Sources) -> list[Record]:
    """The records at or above the fences, each once though a rebalance may have brought it twice."""
    reached = dict(fenced)
    fresh: list[Record] = []
    for record in records:
        place = place_of(record, sources)
        if record.offset >= reached[place]:
            fresh.append(record)
            reached[place] = record.next_offset
    return fresh


def _first_of_each(
    arrivals: Iterable[Arrival], known: Iterable[Judgement]
) -> tuple[list[Arrival], list[Arrival]]:
    """The first arrival of each landing and slot that is not known, and all the others."""
    there: set[tuple[LandingKey, str]] = {(judgement.landing, judgement.slot) for judgement in known}
    new: list[Arrival] = []
    duplicates: list[Arrival] = []
    for arrival in arrivals:
        key = (arrival.judgement.landing, arrival.judgement.slot)
        (duplicates if key in there else new).append(arrival)
        there.add(key)
    return new, duplicates


def _moves(
    fresh: Iterable[Record], duplicates: Iterable[Arrival], reading: Reading, sources: Sources
) -> list[Move]:
    moves: dict[Fenced, Move] = {}
    for record in fresh:
        fenced = place_of(record, sources)
        moves[fenced] = Move(*fenced, next_offset=record.next_offset)
    counted: Mapping[str, Iterable[Record]] = {
        "duplicates": [arrival.record for arrival in duplicates],
        "too_late": reading.too_late,
        "dead_letters": [broken.record for broken in reading.broken],
    }
    for name, records in counted.items():
        for record in records:
            move = moves[place_of(record, sources)]
            setattr(move, name, getattr(move, name) + 1)
    return list(moves.values())


def place_of(record: Record, sources: Sources) -> Fenced:
    """The fence that a record is behind or before."""
    return Fenced(sources.ids[record.topic], record.partition)
