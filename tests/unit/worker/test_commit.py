"""What the commit stage puts into one transaction."""

from collections.abc import Mapping
from queue import SimpleQueue
from typing import Any

from tests.unit.worker.records import make_image
from umbra.contracts.topics import Topics
from umbra.kafka.transaction import TransactionAborted
from umbra.worker.commit import Commit, run
from umbra.worker.epoch import Epoch
from umbra.worker.flights import Flights
from umbra.worker.metrics import Metrics
from umbra.worker.work import Batch, DeadLetter, Position


class FakeProducer:
    """A dozen lines of `TransactionalProducer`: what each committed transaction holds.

    Attributes:
        sent: per transaction its offsets, and the origins of its records.
    """

    def __init__(self, aborts: int = 0) -> None:
        self.sent: list[tuple[dict[int, Position], list[str]]] = []
        self._aborts = aborts

    def begin(self) -> None:
        self._offsets: dict[int, Position] = {}
        self._records: list[str] = []

    def send_offsets(self, offsets: Mapping[tuple[str, int], Position], group: Any) -> None:
        self._offsets = {partition: at for (_, partition), at in offsets.items()}

    def produce(self, topic: str, *, headers: Any, **record: Any) -> None:
        self._records.append(dict(headers)["origin"].decode())

    def commit(self) -> None:
        if self._aborts:
            self._aborts -= 1
            raise TransactionAborted("a rebalance")
        self.sent.append((self._offsets, self._records))

    def abort(self) -> None: ...


def a_batch(epoch: Epoch, offset: int, partition: int = 0) -> Batch:
    letter = DeadLetter(make_image(offset, partition), "unknown-deployment", "Create it first.")
    return Batch(epoch, {partition: Position(offset + 1)}, dead_letters=[letter])


def write_all(producer: FakeProducer, *waiting: Batch) -> Metrics:
    """Run the stage on batches that all wait, as after a long transaction."""
    inbox: SimpleQueue[Batch | None] = SimpleQueue()
    flights, metrics = Flights(most=len(waiting) or 1), Metrics()
    for batch in waiting:
        assert flights.take_off(0)
        inbox.put(batch)
    inbox.put(None)
    run(Commit(producer, Topics(), "champion", metrics), inbox, flights)  # type: ignore[arg-type]
    assert flights.up == 0
    return metrics


def test_without_a_batch_nothing_is_written() -> None:
    producer = FakeProducer()
    write_all(producer)
    assert producer.sent == []


def test_what_waits_shares_a_transaction_that_commits_the_last_offset_of_each_partition() -> None:
    producer, epoch = FakeProducer(), Epoch()
    metrics = write_all(producer, a_batch(epoch, 3), a_batch(epoch, 7, partition=1), a_batch(epoch, 4))

    ((offsets, records),) = producer.sent
    assert offsets == {0: Position(5), 1: Position(8)}
    assert records == ["umbra.images:0:3", "umbra.images:1:7", "umbra.images:0:4"]
    assert metrics.committed_offsets == {0: 5, 1: 8}


def test_an_abort_voids_all_that_shared_the_transaction() -> None:
    producer, epoch = FakeProducer(aborts=1), Epoch()
    metrics = write_all(producer, a_batch(epoch, 3), a_batch(epoch, 4))

    assert (producer.sent, metrics.committed_offsets) == ([], {})
    assert epoch.dead == "a rebalance"


def test_batches_of_a_dead_epoch_are_dropped() -> None:
    producer, epoch = FakeProducer(), Epoch()
    epoch.kill("lost")
    write_all(producer, a_batch(epoch, 3))
    assert producer.sent == []
