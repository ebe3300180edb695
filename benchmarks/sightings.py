"""What a read-committed consumer of the champion's predictions sees, and when."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from confluent_kafka import Consumer, TopicPartition

from benchmarks.installation import PARTITIONS, Installation
from umbra.kafka import config


class Sighting(NamedTuple):
    """A prediction that became visible; seconds since the epoch.

    Attributes:
        landed_at: append time of the image, known to the millisecond.
        revision: under which it was judged.
    """

    partition: int
    landed_at: float
    seen_at: float
    revision: int

    @property
    def ms(self) -> float:
        """From landed to visible."""
        return (self.seen_at - self.landed_at) * 1000


class Sightings:
    """Watches the topic from its present end on; what it saw is read afterwards.

    Attributes:
        values: every prediction seen, with its partition and when.
    """

    def __init__(self, installation: Installation) -> None:
        self.values: list[tuple[int, float, bytes]] = []
        topic = installation.kafka.topics.predictions_champion
        ends = installation.admin.log_ranges(topic, range(PARTITIONS))
        self._consumer = Consumer(config.reader(installation.kafka), logger=config.log)
        self._consumer.assign([TopicPartition(topic, p, there.end) for p, there in ends.items()])
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Sightings":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._thread.join()
        self._consumer.close()

    def wait_for(self, count: int, timeout_s: float) -> bool:
        """Whether so many predictions were seen in all, waited for."""
        deadline = time.monotonic() + timeout_s
        while len(self.values) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(self.values) >= count

    def read(self, first: int = 0) -> list[Sighting]:
        """Those seen so far, without the first ones."""
        return [_sighting(*seen) for seen in self.values[first:]]

    def _watch(self) -> None:
        while not self._closing.is_set():
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                self.values.append((message.partition() or 0, time.time(), message.value() or b""))


class _Judged(msgspec.Struct):
    landed_at: datetime
    revision: int


_decoder = msgspec.json.Decoder(_Judged)


def _sighting(partition: int, seen_at: float, value: bytes) -> Sighting:
    judged = _decoder.decode(value)
    return Sighting(partition, judged.landed_at.timestamp(), seen_at, judged.revision)


def milliseconds(sightings: Sequence[Sighting]) -> list[float]:
    """From landed to visible, each."""
    return [sighting.ms for sighting in sightings]
