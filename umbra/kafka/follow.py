"""Following a topic of one partition from its beginning, and knowing when it was read to its end."""

import contextlib
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from umbra.core.errors import Retryable
from umbra.kafka import config
from umbra.kafka.admin import Admin
from umbra.kafka.record import Record, from_message
from umbra.kafka.refusal import unreadable
from umbra.settings import KafkaSettings

_METADATA_S = 1.0


class Follower:
    """Reads one topic, read-committed, from its beginning on; used by one thread at a time.

    Attributes:
        position: everything below this offset was read; other threads may look at it.
    """

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._settings = settings
        self._topic = topic
        self._admin = Admin(settings)
        self._consumer = Consumer(config.follower(settings), logger=config.log)
        with contextlib.suppress(KafkaException):  # Kafka is away: `poll` will say so
            # Without knowing who leads it, librdkafka takes 0.5 s to find the beginning of a topic.
            self._consumer.list_topics(topic, timeout=_METADATA_S)
        self._consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        self.position = 0

    def poll(self, timeout_s: float) -> list[Record]:
        """The records that arrived, none after `timeout_s`.

        Raises:
            Retryable: Kafka is away, the topic is not there, or we may not read it.
        """
        records: list[Record] = []
        first = self._consumer.poll(timeout_s)
        if first is None:  # a tombstone is false: its length is 0
            return records
        for message in [first, *self._consumer.consume(500, 0)]:
            error = message.error()
            if error is None:
                records.append(from_message(message))
                self.position = records[-1].next_offset
            elif error.code() == KafkaError._PARTITION_EOF:
                # Offsets of control records and aborted transactions have no message: this passes them.
                self.position = max(self.position, message.offset() or 0)
            elif not records:
                # Of a right that is missing too: whoever follows goes on when it is granted.
                raise Retryable(str(unreadable(self._settings, self._topic, error)))
        return records

    def read_to_end(self, timeout_s: float) -> list[Record]:
        """Every record up to the `end` the topic has now, an open transaction waited out.

        Raises:
            Retryable: not reached within `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        end = self.end(timeout_s)
        records: list[Record] = []
        while self.position < end:
            if time.monotonic() > deadline:
                raise self.short_of(end, timeout_s)
            records += self.poll(0.1)
        return records

    def end(self, timeout_s: float) -> int:
        """The `position` at which all is read that is in the topic now; any thread may ask.

        It is the high watermark, asked read-uncommitted: after a commit returns, the read-committed end
        can lag behind it.

        Raises:
            Retryable: Kafka does not answer within `timeout_s`.
        """
        return self._admin.log_range(self._topic, 0, timeout_s).end

    def short_of(self, end: int, timeout_s: float) -> Retryable:
        """The error of an `end` that was not reached in time."""
        return Retryable(
            f"{self._topic} was read to offset {self.position} of {end} in {timeout_s:g} s; "
            "a transaction may still be open."
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close()
