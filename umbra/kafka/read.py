"""Reading without a group: one record by its place, a whole topic, or what arrives from now on."""

import time
from collections.abc import Callable, Iterator

from confluent_kafka import OFFSET_END, Consumer, KafkaError, TopicPartition

from umbra.contracts.acls import Right
from umbra.core.errors import Retryable
from umbra.kafka import config
from umbra.kafka.admin import Admin, LogRange
from umbra.kafka.record import Record, from_message
from umbra.kafka.refusal import is_denial, unreadable
from umbra.settings import KafkaSettings

_AT_ONCE = 500
"""Records taken from librdkafka in one call: one by one, half of the time goes into the calls."""


def read_record(
    settings: KafkaSettings, topic: str, partition: int, offset: int, timeout_s: float = 5.0
) -> Record | None:
    """The record at a place; None when the log does not hold it (any more, or yet, or committed).

    Raises:
        Retryable: Kafka did not answer within `timeout_s`.
    """
    admin = Admin(settings)
    if partition >= admin.partitions(timeout_s).get(topic, 0):
        return None
    there = admin.log_range(topic, partition, timeout_s)
    if not there.start <= offset < there.end:
        return None
    place = TopicPartition(topic, partition, offset)
    found = next(_read(settings, [place], {partition: offset + 1}, timeout_s), None)
    return found if found is not None and found.offset == offset else None


def read_topic(settings: KafkaSettings, topic: str, timeout_s: float = 30.0) -> Iterator[Record]:
    """Every committed record the topic holds now, partition by partition in order of arrival.

    Raises:
        Retryable: nothing arrived for `timeout_s` though the end is not reached.
    """
    admin = Admin(settings)
    partitions = range(admin.partitions(timeout_s).get(topic, 0))
    ranges = admin.log_ranges(topic, partitions, timeout_s)
    held = {p: there for p, there in ranges.items() if there.start < there.end}
    places = [TopicPartition(topic, p, there.start) for p, there in held.items()]
    yield from _read(settings, places, {p: there.end for p, there in held.items()}, timeout_s)


def read_range(
    settings: KafkaSettings, topic: str, partition: int, held: LogRange, timeout_s: float = 30.0
) -> Iterator[Record]:
    """Every committed record of one partition in `held`.

    Raises:
        Retryable: nothing arrived for `timeout_s` though the end is not reached, or retention has
            overtaken the beginning.
    """
    if held.start < held.end:
        place = TopicPartition(topic, partition, held.start)
        yield from _read(settings, [place], {partition: held.end}, timeout_s)


def tail(settings: KafkaSettings, topics: list[str], stop: Callable[[], bool]) -> Iterator[Record]:
    """What arrives on the topics from now on, until `stop()` is true.

    Raises:
        Refused: a topic is missing, or we may not read it.
        Retryable: Kafka went away.
    """
    admin = Admin(settings)
    admin.check_rights(Right("Read", "topic", topic) for topic in topics)
    counts = admin.partitions()
    consumer = Consumer(config.reader(settings), logger=config.log)
    try:
        consumer.assign([TopicPartition(t, p, OFFSET_END) for t in topics for p in range(counts.get(t, 0))])
        while not stop():
            message = consumer.poll(0.2)
            if message is None:
                continue
            error = message.error()
            if error is None:
                yield from_message(message)
            elif is_denial(error):
                raise unreadable(settings, str(message.topic()), error)
    finally:
        consumer.close()


def _read(
    settings: KafkaSettings, places: list[TopicPartition], ends: dict[int, int], timeout_s: float
) -> Iterator[Record]:
    if not places:
        return
    consumer = Consumer(config.follower(settings), logger=config.log)
    try:
        consumer.assign(places)
        yield from _until(settings, consumer, ends, timeout_s)
    finally:
        consumer.close()


def _until(
    settings: KafkaSettings, consumer: Consumer, ends: dict[int, int], timeout_s: float
) -> Iterator[Record]:
    unread = dict(ends)
    deadline = time.monotonic() + timeout_s
    while unread:
        first = consumer.poll(0.2)
        if first is None:  # a tombstone is false: its length is 0
            if time.monotonic() > deadline:
                raise Retryable(
                    f"Kafka sent nothing for {timeout_s:g} s though partitions {sorted(unread)} have more."
                )
            continue
        deadline = time.monotonic() + timeout_s
        for message in [first, *consumer.consume(_AT_ONCE, 0)]:
            partition, offset = message.partition() or 0, message.offset() or 0
            error = message.error()
            if error is None:
                if offset < ends[partition]:
                    yield from_message(message)
                offset += 1
            elif error.code() != KafkaError._PARTITION_EOF:
                raise unreadable(settings, str(message.topic()), error)
            if offset >= ends[partition]:
                unread.pop(partition, None)
