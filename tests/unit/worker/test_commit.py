"""What the commit stage puts into one transaction."""

from queue import SimpleQueue

from tests.fakes import FakeProducer
from tests.unit.worker.records import make_image
from umbra.contracts.topics import Topics
from umbra.worker.commit import Commit, run
from umbra.worker.epoch import Epoch
from umbra.worker.flights import Flights
from umbra.worker.metrics import Metrics
from umbra.worker.work import Batch, DeadLetter, Position


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
    origins = [headers["origin"] for headers in records]
    assert origins == [b"umbra.images:0:3", b"umbra.images:1:7", b"umbra.images:0:4"]
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
