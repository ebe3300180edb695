"""What each service may do on a Kafka that asks: rights by account, in the order images travel.

The least that works (tests/integration/test_secured_stream.py runs every service with exactly these):
Read, Write and Alter hold Describe; Write on any topic holds idempotent writing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from umbra.contracts.topics import Topics
from umbra.core.names import CHAMPION, REPLAYS, is_replay, replay_slot

Resource = Literal["topic", "group", "transactional-id", "cluster"]
Operation = Literal["Read", "Write", "Create", "Describe", "Alter", "DescribeConfigs", "AlterConfigs"]

TRANSACTION_STATE = "__transaction_state"
"""The brokers' own topic, without which there are no transactions."""


@dataclass(frozen=True, slots=True)
class Right:
    """An operation on a resource.

    Attributes:
        name: of the resource; what its name begins with when `prefixed`; empty for the cluster.
    """

    operation: Operation
    resource: Resource
    name: str = ""
    prefixed: bool = False

    def __str__(self) -> str:
        kind = self.resource.replace("-", " ")
        return f"{self.operation} on {kind} {self.name}{'*' if self.prefixed else ''}".rstrip()


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who uses Kafka.

    Attributes:
        name: without the principals' prefix, like `shadow-worker`.
        does: what it is for, a few words.
    """

    name: str
    does: str
    rights: tuple[Right, ...]


def accounts(topics: Topics, slots: Iterable[str]) -> list[Account]:
    """Everybody, in the order images travel.

    Args:
        slots: those that have workers.
    """
    slots = tuple(slots)
    return [
        setup(topics),
        producer(topics),
        ingest(topics),
        *(worker(topics, slot) for slot in (*slots, REPLAYS)),
        monitor(topics),
        api(topics),
        consumer(topics),
        operator(topics, slots),
    ]


def setup(topics: Topics) -> Account:
    """Whoever runs `umbra topics`."""
    operations: tuple[Operation, ...] = ("Create", "Alter", "DescribeConfigs", "AlterConfigs")
    return Account(
        "setup",
        "makes, grows and checks the topics: `umbra topics`",
        (
            *(Right(operation, "topic", topics.prefix, prefixed=True) for operation in operations),
            # To see that transactions will work, before a worker waits for one.
            Right("DescribeConfigs", "cluster"),
            Right("Describe", "topic", TRANSACTION_STATE),
        ),
    )


def producer(topics: Topics) -> Account:
    """Whoever sends images straight to Kafka."""
    return Account("producer", "sends images without ingest", (Right("Write", "topic", topics.images),))


def ingest(topics: Topics) -> Account:
    """The service ingest."""
    return Account("ingest", "takes images over HTTP", (Right("Write", "topic", topics.images),))


def worker(topics: Topics, slot: str) -> Account:
    """The workers of a slot: they judge images, and write to no other slot's topics.

    Those of replays, whatever the replay, are one account: its slots, groups and names begin alike.
    """
    replays = slot == REPLAYS or is_replay(slot)
    # The others' statuses: whether a champion and a shadow share a device.
    reads = (topics.images, topics.control, topics.workers)
    writes = (topics.predictions(slot), topics.dlq(slot), topics.workers)
    begins = topics.group(replay_slot(""))
    return Account(
        "replay-worker" if replays else f"{slot}-worker",
        "judges images that are still in the log: `umbra worker --replays`"
        if replays
        else f"judges images in slot {slot}",
        (
            *_reads(*reads),
            *(Right("Write", "topic", name) for name in writes),
            # How far its predictions reach, when a transaction was left hanging.
            Right("Read", "topic", topics.predictions(slot)),
            # At its start it checks that the topics are as they must be.
            *(Right("Describe", "topic", name) for name in _checked(topics) if name not in (*reads, *writes)),
            *(Right("DescribeConfigs", "topic", name) for name in (*_checked(topics), topics.dlq(slot))),
            Right("Read", "group", begins if replays else topics.group(slot), prefixed=replays),
            _reader(topics),
            Right("Write", "transactional-id", begins if replays else topics.worker(slot, ""), prefixed=True),
        ),
    )


def monitor(topics: Topics) -> Account:
    """The service monitor."""
    return Account(
        "monitor",
        "pairs predictions",
        (
            *_reads(topics.predictions_champion, topics.predictions_shadow),
            Right("Read", "group", topics.group("monitor")),
        ),
    )


def api(topics: Topics) -> Account:
    """The service api, with its relay."""
    return Account(
        "api",
        "brings revisions onto the stream, and shows images",
        (
            Right("Write", "topic", topics.images),  # markers
            Right("Write", "topic", topics.control),
            *_reads(topics.images, topics.control, topics.workers),
            # How far the champion is: an immediate roll-back begins there.
            Right("Describe", "group", topics.group(CHAMPION)),
            _reader(topics),
            Right("Write", "transactional-id", topics.relay),
        ),
    )


def consumer(topics: Topics) -> Account:
    """Whoever goes on with the champion's predictions; its groups begin with the prefix and its name."""
    return Account(
        "consumer",
        "uses the champion's predictions",
        (
            *_reads(topics.predictions_champion),
            Right("Read", "group", f"{topics.prefix}consumer", prefixed=True),
        ),
    )


def operator(topics: Topics, slots: Iterable[str]) -> Account:
    """Whoever runs `umbra dlq`, `umbra predictions tail` and `umbra verify-stream`."""
    slots = tuple(slots)
    return Account(
        "operator",
        "looks after the stream: `umbra dlq`, `umbra predictions tail`, `umbra verify-stream`",
        (
            *_reads(topics.images, topics.predictions_champion, topics.predictions_shadow, topics.control),
            # How far the workers are.
            *(Right("Describe", "group", topics.group(slot)) for slot in slots),
            *_reads(*map(topics.dlq, (*slots, REPLAYS))),
            Right("Write", "topic", topics.images),  # dead letters put back
            _reader(topics),
        ),
    )


def _reads(*names: str) -> Iterable[Right]:
    return (Right("Read", "topic", name) for name in names)


def _reader(topics: Topics) -> Right:
    # librdkafka looks for the coordinator of any reader's group, though nothing is ever committed there.
    return Right("Describe", "group", topics.reader)


def _checked(topics: Topics) -> tuple[str, ...]:
    return (
        topics.images,
        topics.predictions_champion,
        topics.predictions_shadow,
        topics.control,
        topics.workers,
    )
