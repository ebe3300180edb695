"""The loops that latency is compared with: they consume an image and produce half a kilobyte. No model.

Processes of their own, as a worker is one: `python -m benchmarks.loops exactly-once|at-least-once`.
"""

import signal
import sys
import threading

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from umbra.contracts.wire import from_epoch_ms, rfc3339
from umbra.kafka import config
from umbra.settings import KafkaSettings
from umbra.worker.commit import LINGER_MS

_MOST = 64
_TIMEOUT_S = 10.0
_PADDING = "x" * 450


def exactly_once(settings: KafkaSettings, stopping: threading.Event) -> None:
    """Consume, send the offsets, produce, commit: one transaction for what is there."""
    consumer = _consumer(settings)
    name = f"{settings.topic_prefix}loop"
    producer = Producer(config.transactional(settings, name, 10_000, LINGER_MS))
    producer.init_transactions(_TIMEOUT_S)
    while not stopping.is_set():
        messages = _take(consumer)
        if not messages:
            continue
        producer.begin_transaction()
        group = consumer.consumer_group_metadata()
        producer.send_offsets_to_transaction(_next_offsets(messages), group, _TIMEOUT_S)
        _produce(producer, settings, messages)
        producer.commit_transaction(_TIMEOUT_S)
    consumer.close()


def at_least_once(settings: KafkaSettings, stopping: threading.Event) -> None:
    """Consume, produce, wait for the brokers, then commit the offsets."""
    consumer = _consumer(settings)
    producer = Producer(config.producer(settings) | {"linger.ms": 0})
    while not stopping.is_set():
        messages = _take(consumer)
        if not messages:
            continue
        _produce(producer, settings, messages)
        producer.flush(_TIMEOUT_S)
        consumer.commit(offsets=_next_offsets(messages), asynchronous=False)
    consumer.close()


LOOPS = {"exactly-once": exactly_once, "at-least-once": at_least_once}


def main() -> int:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    LOOPS[sys.argv[1]](KafkaSettings.load(), stopping)
    return 0


def _consumer(settings: KafkaSettings) -> Consumer:
    own = {"enable.partition.eof": False, "auto.offset.reset": "earliest"}
    consumer = Consumer(config.member(settings, f"{settings.topic_prefix}loop", "loop") | own)
    consumer.subscribe([settings.topics.images])
    return consumer


def _take(consumer: Consumer) -> list[Message]:
    first = consumer.poll(0.1)
    if first is None:
        return []
    return [message for message in (first, *consumer.consume(_MOST - 1, 0)) if message.error() is None]


def _next_offsets(messages: list[Message]) -> list[TopicPartition]:
    last = {m.partition(): m for m in messages}
    return [TopicPartition(m.topic() or "", m.partition() or 0, (m.offset() or 0) + 1) for m in last.values()]


def _produce(producer: Producer, settings: KafkaSettings, messages: list[Message]) -> None:
    for message in messages:
        landed_at = rfc3339(from_epoch_ms(message.timestamp()[1]))
        value = f'{{"landed_at":"{landed_at}","padding":"{_PADDING}"}}'
        producer.produce(
            settings.topics.predictions_champion, value, message.key(), partition=message.partition() or 0
        )
    producer.poll(0)


if __name__ == "__main__":
    sys.exit(main())
