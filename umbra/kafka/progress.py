"""How far a group is, asked by somebody who is no member of it."""

from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from umbra.core.errors import Refused, Retryable
from umbra.kafka import config
from umbra.kafka.entry import Entry
from umbra.kafka.refusal import is_denial, right_missing
from umbra.settings import KafkaSettings


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
    try:
        found = consumer.committed([TopicPartition(topic, p) for p in partitions], timeout=timeout_s)
    except KafkaException as err:
        raise _meaning(settings, group, err, entry) from err
    finally:
        consumer.close()
    return {place.partition: place.offset for place in found if place.offset >= 0}


def _meaning(settings: KafkaSettings, group: str, err: KafkaException, entry: Entry) -> Refused | Retryable:
    error = err.args[0]
    if is_denial(error):
        return right_missing(settings, f"Describe on group {group}")
    return Retryable(entry.absence(error.str()))
