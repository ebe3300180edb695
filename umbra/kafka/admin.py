"""Topics made, grown and checked; their ids and ends."""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, TopicPartition
from confluent_kafka.admin import NewPartitions, NewTopic, OffsetSpec

from umbra.contracts.acls import Right
from umbra.contracts.topics import Topic
from umbra.core.errors import Refused, Retryable
from umbra.kafka import fitness, replicas
from umbra.kafka.answers import Answers, TopicExists
from umbra.kafka.rights import check_rights
from umbra.kafka.transaction_support import check_transactions
from umbra.settings import KafkaSettings

log = logging.getLogger(__name__)


class LogRange(NamedTuple):
    """The offsets a partition holds: from `start` to before `end`."""

    start: int
    end: int


class Admin:
    """Asks and changes what the brokers keep; thread-safe.

    Every method raises `Retryable` when Kafka does not answer in time or does not let us in, and
    `RightMissing` when it does not grant what is asked.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._answers = Answers(settings)

    def partitions(self, timeout_s: float = 10.0) -> dict[str, int]:
        """Every topic that this client may see, with its number of partitions."""
        topics = self._answers.metadata(timeout_s).topics
        return {name: len(topic.partitions) for name, topic in topics.items()}

    def topic_id(self, topic: str, timeout_s: float = 10.0) -> str:
        """The id the brokers gave the topic; a topic made anew has another.

        Raises:
            Refused: there is no such topic.
        """
        return str(self._answers.topic(topic, timeout_s).topic_id)

    def log_range(self, topic: str, partition: int, timeout_s: float = 10.0) -> LogRange:
        """The offsets of one partition; `end` counts what is not committed yet."""
        return self.log_ranges(topic, [partition], timeout_s)[partition]

    def log_ranges(
        self,
        topic: str,
        partitions: Iterable[int],
        timeout_s: float = 10.0,
        *,
        committed: bool = False,
    ) -> dict[int, LogRange]:
        """`log_range` of several partitions in two requests.

        Args:
            committed: `end` stops before the first open transaction.
        """
        isolation = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        places = [TopicPartition(topic, partition) for partition in partitions]
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                return self._ranges(places, isolation, timeout_s)
            except Retryable:
                # A leader that was unknown once stays so, for minutes, until all metadata is asked for; and
                # brokers that just came back have none for a moment.
                if time.monotonic() > deadline:
                    raise
                self.partitions(timeout_s)
                time.sleep(0.05)

    def offsets_since(
        self, topic: str, partitions: Iterable[int], at: datetime, timeout_s: float = 10.0
    ) -> dict[int, int]:
        """Partition to the first offset with a timestamp at or after `at`; one without any is left out."""
        places = [TopicPartition(topic, partition) for partition in partitions]
        spec = OffsetSpec.for_timestamp(int(at.timestamp() * 1000))
        found = self._offsets(places, spec, IsolationLevel.READ_UNCOMMITTED, timeout_s)
        return {place.partition: offset for place, offset in found.items() if offset >= 0}

    def committed(self, group: str, topic: str, timeout_s: float = 10.0) -> dict[int, int]:
        """The next offset of each partition the group has committed one for."""
        asked = self._answers.client.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=timeout_s
        )
        found = self._answers.of(asked[group], timeout_s, f"Describe on group {group}").topic_partitions
        return {p.partition: p.offset for p in found if p.topic == topic and p.offset >= 0}

    def ensure(self, topics: Iterable[Topic], timeout_s: float = 30.0) -> list[str]:
        """Make the topics that are missing, check the others; the names of those made.

        Raises:
            Refused: a topic that exists is not as it must be; the text has the fix.
        """
        wanted = list(topics)
        there = self.partitions(timeout_s)
        missing = [topic for topic in wanted if topic.name not in there]
        self._create(missing, timeout_s)
        replicas.secure(self._answers, _names(missing), timeout_s)
        self.check(wanted, timeout_s)
        return _names(missing)

    def check(self, topics: Iterable[Topic], timeout_s: float = 30.0) -> None:
        """Check that topics exist with their partitions and settings; warn of those with one replica.

        Raises:
            Refused: one is missing or different; the text has the fix.
        """
        wanted = list(topics)
        there = self.partitions(timeout_s)
        for topic in wanted:
            # One that is not shown is missing, or hidden from us: asked for by name, it is told apart.
            found = there.get(topic.name) or len(self._answers.topic(topic.name, timeout_s).partitions)
            fitness.check_partitions(topic, found)
        configs = self._answers.topic_configs(_names(wanted), timeout_s)
        for topic, actual in zip(wanted, configs, strict=True):
            fitness.check_config(topic, actual)
        replicas.warn_of_single(self._answers, _names(wanted), timeout_s)

    def check_rights(self, rights: Iterable[Right], timeout_s: float = 10.0) -> None:
        """Check that this client may do what it has to; see `kafka.rights`."""
        check_rights(self._answers, self._settings, rights, timeout_s)

    def check_transactions(self, timeout_ms: int, timeout_s: float = 10.0) -> None:
        """Check that the brokers can serve transactions; see `kafka.transaction_support`."""
        check_transactions(self._answers, timeout_ms, timeout_s)

    def grow(self, topic: str, partitions: int, timeout_s: float = 30.0) -> None:
        """Give a topic more partitions; what it has enough of is left alone.

        Raises:
            Refused: it has more already; Kafka cannot take partitions away.
        """
        there = self.partitions(timeout_s).get(topic, 0)
        if there > partitions:
            raise Refused(f"{topic} has {there} partitions; Kafka cannot reduce them to {partitions}.")
        if there < partitions:
            grown = self._answers.client.create_partitions([NewPartitions(topic, partitions)])
            self._answers.of(grown[topic], timeout_s, f"Alter on topic {topic}")
            self._wait_until_served(topic, partitions, timeout_s)

    def _create(self, topics: list[Topic], timeout_s: float) -> None:
        if not topics:
            return
        made = self._answers.client.create_topics(
            [NewTopic(t.name, num_partitions=t.partitions, config=dict(t.config)) for t in topics],
            operation_timeout=timeout_s,
        )
        for name, future in made.items():
            try:
                self._answers.of(future, timeout_s, f"Create on topic {name}")
            except TopicExists:
                log.info("Somebody else made the topic just now.", extra={"topic": name})
        for topic in topics:
            self._wait_until_served(topic.name, topic.partitions, timeout_s)

    def _wait_until_served(self, topic: str, partitions: int, timeout_s: float) -> None:
        # The controller answers before the brokers know: for some milliseconds (more when they are busy) the
        # topic has its old partitions, and a new one has no leader, or one that does not know it yet.
        deadline = time.monotonic() + timeout_s
        # Who asks for a leader nobody knows waits in vain; but busy brokers need more time with every try.
        patience_s, asked_at = 0.5, time.monotonic()
        while (lacking := self._lacks(topic, partitions, patience_s)) is not None:
            if time.monotonic() > deadline:
                raise Retryable(
                    f"Kafka has made {partitions} partitions of {topic}, but does not serve them yet:"
                    f" {lacking}"
                )
            if time.monotonic() - asked_at > patience_s:
                patience_s = min(2 * patience_s, timeout_s / 3)
            time.sleep(0.02)
            asked_at = time.monotonic()

    def _lacks(self, topic: str, partitions: int, timeout_s: float) -> str | None:
        """What is missing until every partition is shown and answers, None when nothing is."""
        try:
            self.log_ranges(topic, range(partitions), timeout_s)
            shown = self.partitions().get(topic, 0)
        except (Refused, Retryable) as err:
            return str(err)
        return None if shown >= partitions else f"{shown} are shown."

    def _ranges(
        self, places: list[TopicPartition], isolation: IsolationLevel, timeout_s: float
    ) -> dict[int, LogRange]:
        starts, ends = (
            self._offsets(places, spec, isolation, timeout_s)
            for spec in (OffsetSpec.earliest(), OffsetSpec.latest())
        )
        return {place.partition: LogRange(starts[place], ends[place]) for place in places}

    def _offsets(
        self, places: list[TopicPartition], spec: OffsetSpec, isolation: IsolationLevel, timeout_s: float
    ) -> dict[TopicPartition, int]:
        answers = self._answers.client.list_offsets(
            dict.fromkeys(places, spec), isolation_level=isolation, request_timeout=timeout_s
        )
        return {
            place: self._answers.of(answers[place], timeout_s, f"Describe on topic {place.topic}").offset
            for place in places
        }


def _names(topics: Sequence[Topic]) -> list[str]:
    return [topic.name for topic in topics]
