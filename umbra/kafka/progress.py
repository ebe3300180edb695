"""How far a group is, asked by somebody who is no member of it."""

import time
from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from umbra.core.errors import Refused, Retryable
from umbra.kafka import config
from umbra.kafka.entry import Entry
from umbra.kafka.refusal import is_denial, right_missing
from umbra.settings import KafkaSettings

_MOVING = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)
_RETRY_S = 0.1


def progress(
    settings: KafkaSettings, group: str, topic: str, partitions: Iterable[int], timeout_s: float = 10.0
) -> dict[int, int]:
    """The next offset of each partition the group has committed one for; the group is not joined.

    Unlike `Admin.committed` it may be asked of brokers that have never seen a group: an administrator's
    question then runs out of time, and its client never ends (librdkafka 2.16).

    Raises:
        Retryable: Kafka is away.
        RightMissing: Describe on the group is not granted.
    """
    entry = Entry(settings)
    consumer = Consumer(config.bystander(settings, group) | {"error_cb": entry.heard}, logger=config.log)
    places = [TopicPartition(topic, p) for p in partitions]
    try:
        found = _committed(consumer, places, time.monotonic() + timeout_s)
    except KafkaException as err:
        raise _meaning(settings, group, err, entry) from err
    finally:
        consumer.close()
    return {place.partition: place.offset for place in found if place.offset >= 0}


def _committed(consumer: Consumer, places: list[TopicPartition], deadline: float) -> list[TopicPartition]:
    while True:
        try:
            return consumer.committed(places, timeout=max(0.1, deadline - time.monotonic()))
        except KafkaException as err:
            # Brokers that were just started, or lost one of them, move their groups about for a moment.
            if err.args[0].code() not in _MOVING or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)


def _meaning(settings: KafkaSettings, group: str, err: KafkaException, entry: Entry) -> Refused | Retryable:
    error = err.args[0]
    if is_denial(error):
        return right_missing(settings, f"Describe on group {group}")
    return Retryable(entry.absence(error.str()))
