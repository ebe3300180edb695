"""What the commit stage relies on of its producer; the fake and the real one keep to it alike."""

import time
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from tests.fakes import FakeProducer
from umbra.contracts.headers import first_values
from umbra.contracts.topics import Topic
from umbra.kafka.admin import Admin
from umbra.kafka.group import Committed, GroupConsumer
from umbra.kafka.read import read_topic
from umbra.kafka.transaction import TransactionAborted, TransactionalProducer
from umbra.settings import KafkaSettings


class World(Protocol):
    """A producer, and what others see of its transactions.

    Attributes:
        producer: a `TransactionalProducer`, or what stands in for it.
        source: the topic whose offsets it commits; two partitions.
    """

    producer: Any
    source: str

    def group(self) -> Any:
        """The metadata of the consumer whose offsets are committed."""

    def doom(self) -> Any:
        """Have the next transaction fail; the metadata to use for it."""

    def seen(self) -> list[str]:
        """The names of the records a read-committed reader finds."""

    def committed(self) -> dict[int, Committed]:
        """The offsets of the group, by partition."""


class FakeWorld:
    source = "source"

    def __init__(self) -> None:
        self.producer = FakeProducer()

    def group(self) -> Any:
        return 1

    def doom(self) -> Any:
        self.producer.aborts = 1
        return 1

    def seen(self) -> list[str]:
        return [(headers["name"] or b"").decode() for _, records in self.producer.sent for headers in records]

    def committed(self) -> dict[int, Committed]:
        return {
            partition: Committed(*at)
            for offsets, _ in self.producer.sent
            for partition, at in offsets.items()
        }


class RealWorld:
    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self.source, self._out = f"{kafka.topic_prefix}source", f"{kafka.topic_prefix}out"
        Admin(kafka).ensure([Topic(self.source, 2, {}), Topic(self._out, 2, {})])
        self._members = [self._join("one")]
        self._until_changed()
        self.producer = TransactionalProducer(kafka, f"{kafka.topic_prefix}t")

    def group(self) -> Any:
        return self._members[0].group_metadata()

    def doom(self) -> Any:
        """Metadata of a generation that is over, as in a rebalance."""
        old = self.group()
        self._members.append(self._join("two"))
        self._until_changed()
        return old

    def seen(self) -> list[str]:
        return [first_values(r.headers)["name"].decode() for r in read_topic(self._kafka, self._out)]

    def committed(self) -> dict[int, Committed]:
        return self._members[0].committed([0, 1], 10)

    def close(self) -> None:
        for member in self._members:
            member.close()

    def _join(self, instance: str) -> GroupConsumer:
        group = f"{self._kafka.topic_prefix}g"
        return GroupConsumer(self._kafka, self.source, group, instance, lambda change: None)

    def _until_changed(self) -> None:
        """Every member has as many partitions as it is to have."""
        deadline, share = time.monotonic() + 90, 2 // len(self._members)
        while any(len(member.assigned()) != share for member in self._members):
            assert time.monotonic() < deadline
            for member in self._members:
                member.take(1, 0.05)


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
    else:
        real = RealWorld(request.getfixturevalue("kafka"))
        yield real
        real.close()


def transact(world: World, name: str, offsets: dict[int, tuple[int, str]], group: Any = None) -> None:
    """One transaction of two records and these offsets."""
    out = world.source.replace("source", "out")
    world.producer.begin()
    world.producer.send_offsets(
        {(world.source, partition): at for partition, at in offsets.items()}, group or world.group()
    )
    for number in (1, 2):
        header = [("name", f"{name}{number}".encode())]
        world.producer.produce(out, value=b"v", key=b"k", headers=header, partition=0)
    world.producer.commit()


def test_without_a_transaction_nothing_is_seen(world: World) -> None:
    assert (world.seen(), world.committed()) == ([], {})


def test_a_transaction_shows_its_records_in_order_and_its_offsets_with_their_texts(world: World) -> None:
    transact(world, "a", {0: (4, "attempts=2"), 1: (7, "")})

    assert world.seen() == ["a1", "a2"]
    assert world.committed() == {0: (4, "attempts=2"), 1: (7, "")}


def test_the_offsets_of_the_last_transaction_count(world: World) -> None:
    transact(world, "a", {0: (4, "attempts=2"), 1: (7, "")})
    transact(world, "b", {0: (5, "")})

    assert world.seen() == ["a1", "a2", "b1", "b2"]
    assert world.committed() == {0: (5, ""), 1: (7, "")}


def test_of_a_transaction_that_was_given_up_nothing_is_seen(world: World) -> None:
    world.producer.begin()
    world.producer.send_offsets({(world.source, 0): (4, "")}, world.group())
    world.producer.abort()

    assert (world.seen(), world.committed()) == ([], {})


def test_after_an_abort_the_producer_goes_on(world: World) -> None:
    transact(world, "a", {0: (1, "")})
    with pytest.raises(TransactionAborted):
        transact(world, "void", {0: (2, "")}, world.doom())
    world.producer.abort()
    transact(world, "b", {0: (3, "")})

    assert world.seen() == ["a1", "a2", "b1", "b2"]
    assert world.committed()[0] == (3, "")
