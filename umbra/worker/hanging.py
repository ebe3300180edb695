"""A hanging transaction: it was decided, but not all its partitions were told. The brokers wait for ever.

A broker that was killed tells them once it is back; Kafka 4.3 takes a partition that has no leader at that
moment for deleted, and is done (docs/kafka.md). From then on the group's offsets are "unstable", and what
was written behind the open transaction stays unseen.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping

from umbra.contracts.prediction import prediction_decoder
from umbra.core.errors import InvalidMessage
from umbra.kafka.admin import Admin, LogRange
from umbra.kafka.group import Committed, GroupConsumer
from umbra.kafka.read import read_range
from umbra.kafka.transaction import TransactionalProducer
from umbra.settings import KafkaSettings

log = logging.getLogger(__name__)

PATIENCE_S = 30.0
"""The transaction of a dead worker is over by then: it times out after 10 s, the brokers look every 10 s."""

_ANSWER_S = 5.0
_WINDOW = 1000
"""Records read at once, backwards."""


class HangingTransaction:
    """Ends what hangs under this worker's name; used while nothing is in flight.

    Args:
        producer: the worker's; whose partitions and offsets these are, its name says.
    """

    def __init__(self, settings: KafkaSettings, slot: str, producer: TransactionalProducer) -> None:
        self._settings = settings
        self._slot = slot
        self._producer = producer
        self._unknown_since: float | None = None

    def offsets_known(self) -> None:
        """The group's offsets are stable: nothing hangs."""
        self._unknown_since = None

    def offsets_unknown(self, consumer: GroupConsumer) -> None:
        """They are not, though Kafka answers; once patience is over, ends what hangs.

        Raises:
            Retryable: it is another worker's transaction, or Kafka is away.
            ProducerLost, TransactionAborted: end the process.
        """
        now = time.monotonic()
        self._unknown_since = self._unknown_since or now
        if now - self._unknown_since >= PATIENCE_S:
            self._unknown_since = now
            self._end(consumer)

    def _end(self, consumer: GroupConsumer) -> None:
        """Abort it in every partition, then commit how far predictions that did become visible reach."""
        log.error("Offsets stay unstable: ending the transaction that hangs (docs/kafka.md).")
        admin, partitions = Admin(self._settings), consumer.assigned()
        self._abort(consumer, partitions, admin.partitions(_ANSWER_S))
        stable = consumer.committed(partitions, _ANSWER_S)
        ahead = dict(self._ahead(admin, stable))
        if ahead:
            self._producer.begin()
            self._send_offsets(consumer, ahead)
            self._producer.commit()
        log.warning("It is ended.", extra={"predictions_ahead": ahead})

    def _abort(self, consumer: GroupConsumer, assigned: Iterable[int], counts: Mapping[str, int]) -> None:
        """An aborted transaction that touches all a worker writes to: its marker ends the one before, too."""
        topics = self._settings.topics
        self._producer.begin()
        self._send_offsets(consumer, dict.fromkeys(assigned, 0))
        for topic in (topics.predictions(self._slot), topics.dlq(self._slot)):
            for partition in range(counts.get(topic, 0)):
                self._producer.produce(topic, value=None, partition=partition)
        self._producer.flush()
        self._producer.abort()

    def _send_offsets(self, consumer: GroupConsumer, offsets: Mapping[int, int]) -> None:
        images = self._settings.topics.images
        self._producer.send_offsets(
            {(images, partition): (offset, "") for partition, offset in offsets.items()},
            consumer.group_metadata(),
        )

    def _ahead(self, admin: Admin, stable: Mapping[int, Committed]) -> Iterator[tuple[int, int]]:
        """Partition and next offset, where predictions became visible and the offsets did not."""
        held = admin.log_ranges(self._settings.topics.images, stable, _ANSWER_S)
        for partition, at in stable.items():
            following = self._last_judged(admin, partition) + 1
            if at.offset < following <= held[partition].end:
                yield partition, following

    def _last_judged(self, admin: Admin, partition: int) -> int:
        """The offset of the last image with a visible prediction of this slot; -1 when there is none."""
        topic = self._settings.topics.predictions(self._slot)
        held = admin.log_ranges(topic, [partition], _ANSWER_S, committed=True)[partition]
        end = held.end
        while end > held.start:
            start = max(held.start, end - _WINDOW)
            judged = list(self._judged(topic, partition, LogRange(start, end)))
            if judged:
                return max(judged)
            end = start
        return -1

    def _judged(self, topic: str, partition: int, held: LogRange) -> Iterator[int]:
        for record in read_range(self._settings, topic, partition, held, _ANSWER_S):
            try:
                prediction = prediction_decoder.decode(record.value)
            except InvalidMessage:
                continue  # somebody else's
            if prediction.slot == self._slot:
                yield prediction.image.offset
