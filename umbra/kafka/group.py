"""A member of a consumer group whose offsets are committed by somebody else's transaction."""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from umbra.core.errors import Retryable, UmbraError
from umbra.kafka import config
from umbra.kafka.record import Record, from_message
from umbra.kafka.refusal import is_denial, right_missing
from umbra.settings import KafkaSettings

log = logging.getLogger(__name__)

Change = Literal["assigned", "revoked", "lost"]

_FENCED = (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID, KafkaError.UNRELEASED_INSTANCE_ID)


REJOIN_S = 60.0
"""librdkafka is back in a session time-out or two, 10 s each. After brokers stood still it once never came:
brokers served, the member polled, and got nothing."""


class MemberLost(UmbraError):
    """Another process has this member's name, or the client is beyond help: end the process."""


class Committed(NamedTuple):
    """What a group has committed for a partition.

    Attributes:
        offset: the next one to read.
        metadata: the text committed with it.
    """

    offset: int
    metadata: str


class GroupConsumer:
    """Reads one topic as a static member of a group; used by one thread alone.

    A partition that is assigned stays paused until it was sought to its place; see `seek`.

    Args:
        on_change: called inside `take`, by the thread that takes, before partitions are given up and
            after they were received or lost.
        poll_interval_s: it leaves the group when `take` is not called for longer; at least 10.

    Attributes:
        changes: grows with everything that makes records in hand void: seek all partitions anew then.
        ends: partition to the offset behind its last record, as last met; control records count.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topic: str,
        group: str,
        instance: str,
        on_change: Callable[[Change], None],
        poll_interval_s: float = 300.0,
    ) -> None:
        self.changes = 0
        self.ends: dict[int, int] = {}
        self._settings = settings
        self._topic = topic
        self._group = group
        self._on_change = on_change
        self._is_out = False
        self._out_since: float | None = None
        self._consumer = Consumer(
            config.member(settings, group, instance, poll_interval_s), logger=config.log
        )
        self._consumer.subscribe(
            [topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def take(self, most: int, timeout_s: float) -> list[Record]:
        """The records that are there, at most `most`; none when nothing arrived within `timeout_s`.

        Raises:
            MemberLost: see there.
            RightMissing: we may not read the topic, or not as this group.
        """
        self._refuse_to_stay_out()
        # consume(n, t) waits the whole t unless n records arrive: 117 ms instead of 6 at 50 images/s.
        first = self._consumer.poll(timeout_s)
        if first is None:
            return []
        rest = self._consumer.consume(most - 1, 0) if most > 1 else []
        return [record for message in (first, *rest) if (record := self._read(message)) is not None]

    def assigned(self) -> list[int]:
        """The partitions this member holds."""
        return sorted(place.partition for place in self._consumer.assignment())

    def committed(self, partitions: Iterable[int], timeout_s: float) -> dict[int, Committed]:
        """What the group has committed, without the partitions it has committed nothing for.

        Raises:
            Retryable: a dead worker's transaction is still pending, or Kafka is away.
        """
        try:
            found = self._consumer.committed(self._places(partitions), timeout=timeout_s)
        except KafkaException as err:
            raise Retryable(f"The committed offsets are not known yet: {err.args[0].str()}.") from err
        return {p.partition: Committed(p.offset, p.metadata or "") for p in found if p.offset >= 0}

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Go on at these offsets, and resume; what was fetched before is forgotten.

        Raises:
            Retryable: a partition cannot be sought now.
        """
        try:
            # Resumed first: of a partition sought while it is paused the first record takes a second (20 ms).
            self._consumer.resume(self._places(offsets))
            for partition, offset in offsets.items():
                self._seek(TopicPartition(self._topic, partition, offset))
                self.ends.pop(partition, None)
        except KafkaException as err:
            raise Retryable(f"Cannot seek in {self._topic}: {err.args[0].str()}.") from err

    def _seek(self, place: TopicPartition) -> None:
        try:
            self._consumer.seek(place)
        except KafkaException as err:
            if err.args[0].code() != KafkaError._STATE:
                raise
            # Retention overtook it: it fetches nothing any more, and cannot be sought, only assigned anew.
            self._consumer.incremental_unassign([place])
            self._consumer.incremental_assign([place])

    def pause(self, partitions: Collection[int]) -> None:
        """Fetch no more of these; throws away what was fetched, so not for every little wait."""
        self._consumer.pause(self._places(partitions))

    def resume(self, partitions: Collection[int]) -> None:
        """Fetch them again from where they were paused."""
        self._consumer.resume(self._places(partitions))

    def high(self, partition: int) -> int:
        """The end of a partition as the last fetch saw it; below 0: not known yet."""
        place = TopicPartition(self._topic, partition)
        # Uncached this takes 500 ms: it queues behind the long poll of the fetch.
        return int(self._consumer.get_watermark_offsets(place, cached=True)[1])

    def group_metadata(self) -> Any:
        """What `TransactionalProducer.send_offsets` wants; in another thread this would take 500 ms."""
        return self._consumer.consumer_group_metadata()

    def close(self) -> None:
        """Stop; a static member keeps its partitions until its session times out or it is back."""
        self._consumer.close()

    def _places(self, partitions: Iterable[int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, partition) for partition in partitions]

    def _refuse_to_stay_out(self) -> None:
        """Counts from the first look after the loss: who cannot reach Kafka does not look."""
        if not self._is_out:
            self._out_since = None
            return
        self._out_since = self._out_since or time.monotonic()
        if time.monotonic() - self._out_since > REJOIN_S:
            raise MemberLost(
                f"Group {self._group} has not taken this member back for {REJOIN_S:.0f} s since it lost its"
                " partitions: a new process will do."
            )

    def _read(self, message: Message) -> Record | None:
        error = message.error()
        if error is None:
            return from_message(message)
        if error.code() == KafkaError._PARTITION_EOF:
            self.ends[message.partition() or 0] = message.offset() or 0
        else:
            self._heed(error)
        return None

    def _heed(self, error: KafkaError) -> None:
        # fatal() is False on the event of a fenced static member.
        if error.fatal() or error.code() in _FENCED:
            raise MemberLost(f"{error.name()}: {error.str()}.")
        if is_denial(error):
            rights = (f"Read on group {self._group}", f"Read on topic {self._topic}")
            raise right_missing(self._settings, rights[error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED])
        log.warning("The consumer reports an error.", extra={"error": error.name(), "text": error.str()})
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            self.changes += 1

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        consumer.incremental_assign([TopicPartition(p.topic, p.partition, 0) for p in places])
        consumer.pause(places)
        self._changed("assigned", places)

    def _revoked(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._changed("revoked", places)
        consumer.incremental_unassign(places)

    def _lost(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._changed("lost", places)
        consumer.incremental_unassign(places)

    def _changed(self, change: Change, places: list[TopicPartition]) -> None:
        self.changes += 1
        # An assignment may hold nothing, when others hold it all.
        self._is_out = change == "lost"
        for place in places:
            self.ends.pop(place.partition, None)
        log.info("Partitions %s.", change, extra={"partitions": [p.partition for p in places]})
        self._on_change(change)
