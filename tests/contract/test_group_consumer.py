"""What the worker relies on of its consumer; the fake and the real one keep to it alike."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from tests.fakes import FakeConsumer
from umbra.contracts.topics import Topic
from umbra.kafka.admin import Admin
from umbra.kafka.group import Change, GroupConsumer
from umbra.kafka.producer import Producer
from umbra.kafka.record import Record
from umbra.settings import KafkaSettings

PARTITIONS = [0, 1]


class World(Protocol):
    """A consumer of two partitions and what happens round it.

    Attributes:
        consumer: a `GroupConsumer`, or what stands in for it.
        told: what it told of changes.
    """

    consumer: Any
    told: list[Change]

    def assign(self) -> None:
        """Have both partitions given to it, when it takes next."""

    def land(self, partition: int, records: int) -> None:
        """Append records."""

    def take_away(self) -> None:
        """Have a partition given to another member, while it takes."""

    def take(self, most: int = 10) -> list[Record]:
        """Take once."""


class FakeWorld:
    def __init__(self) -> None:
        self.told: list[Change] = []
        self.consumer = FakeConsumer(self.told.append)
        self._ends = Counter[int]()

    def assign(self) -> None:
        self.consumer.happens.append("assigned")

    def land(self, partition: int, records: int) -> None:
        for _ in range(records):
            self.consumer.happens.append(Record("t", partition, self._ends[partition], 0, None, b"", []))
            self._ends[partition] += 1

    def take_away(self) -> None:
        self.consumer.happens.append("revoked")

    def take(self, most: int = 10) -> list[Record]:
        return self.consumer.take(most, 0)


class RealWorld:
    def __init__(self, kafka: KafkaSettings) -> None:
        self.told: list[Change] = []
        self._kafka = kafka
        self._topic = f"{kafka.topic_prefix}two"
        Admin(kafka).ensure([Topic(self._topic, 2, {})])
        self.consumer = self._join("one", self.told)
        self._others: list[GroupConsumer] = []

    def assign(self) -> None:
        """It joins the group by itself."""

    def land(self, partition: int, records: int) -> None:
        with Producer(self._kafka) as producer:
            for _ in range(records):
                producer.send(self._topic, value=b"", partition=partition).result(60)

    def take_away(self) -> None:
        self._others.append(self._join("other", []))

    def take(self, most: int = 10) -> list[Record]:
        for other in self._others:
            other.take(1, 0.05)
        return self.consumer.take(most, 0.05)

    def close(self) -> None:
        for consumer in (*self._others, self.consumer):
            consumer.close()

    def _join(self, instance: str, told: list[Change]) -> GroupConsumer:
        return GroupConsumer(self._kafka, self._topic, f"{self._kafka.topic_prefix}g", instance, told.append)


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
    else:
        real = RealWorld(request.getfixturevalue("kafka"))
        yield real
        real.close()


def test_an_assignment_is_told_while_taking_and_counted(world: World) -> None:
    world.assign()
    assert (world.told, world.consumer.changes) == ([], 0)

    _assigned(world)

    assert world.told[0] == "assigned"
    assert world.consumer.changes == len(world.told)


def test_an_assigned_partition_gives_nothing_before_it_is_sought(world: World) -> None:
    world.land(0, 2)
    _assigned(world)
    assert [world.take() for _ in range(5)] == [[]] * 5

    world.consumer.seek({0: 0, 1: 0})

    assert _offsets(_taken(world, 2)) == {0: [0, 1]}


def test_records_come_in_order_and_not_more_than_asked_for(world: World) -> None:
    world.land(0, 5)
    _assigned(world)
    world.consumer.seek({0: 0, 1: 0})
    takes: list[list[Record]] = []

    _until(world, lambda: takes.append(world.take(2)) or sum(map(len, takes)) == 5)  # type: ignore[func-returns-value]

    assert max(map(len, takes)) <= 2
    assert [record.offset for take in takes for record in take] == [0, 1, 2, 3, 4]


def test_a_paused_partition_gives_nothing_until_it_is_resumed(world: World) -> None:
    _assigned(world)
    world.consumer.seek({0: 0, 1: 0})
    world.consumer.pause([0])
    world.land(0, 2)
    world.land(1, 2)

    assert _offsets(_taken(world, 2)) == {1: [0, 1]}
    assert [world.take() for _ in range(5)] == [[]] * 5

    world.consumer.resume([0])
    assert _offsets(_taken(world, 2)) == {0: [0, 1]}


def test_a_paused_partition_that_is_sought_flows_again(world: World) -> None:
    _assigned(world)
    world.consumer.seek({0: 0, 1: 0})
    world.consumer.pause(PARTITIONS)
    world.land(1, 2)

    world.consumer.seek({1: 0})

    assert _offsets(_taken(world, 2)) == {1: [0, 1]}


def test_a_partition_that_is_taken_away_is_told_while_taking_and_counted(world: World) -> None:
    _assigned(world)
    world.consumer.seek({0: 0, 1: 0})
    before = world.consumer.changes

    world.take_away()
    assert "revoked" not in world.told
    _until(world, lambda: world.take() or "revoked" in world.told)

    assert world.consumer.changes > before
    assert world.consumer.changes == len(world.told)


def _assigned(world: World) -> None:
    world.assign()
    _until(world, lambda: world.take() or world.told)


def _taken(world: World, records: int) -> list[Record]:
    taken: list[Record] = []
    _until(world, lambda: taken.extend(world.take()) or len(taken) >= records)  # type: ignore[func-returns-value]
    return taken


def _offsets(records: list[Record]) -> dict[int, list[int]]:
    """By partition, in the order they came."""
    return {p: found for p in PARTITIONS if (found := [r.offset for r in records if r.partition == p])}


def _until(world: World, probe: Any) -> None:
    deadline = time.monotonic() + 90
    while not probe():
        assert time.monotonic() < deadline, world.told
