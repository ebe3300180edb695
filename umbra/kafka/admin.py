"""Topics made, grown and checked; their ids and ends."""

import logging
import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
)

from umbra.contracts.topics import Topic
from umbra.core.errors import Refused, Retryable
from umbra.kafka import config
from umbra.settings import KafkaSettings

log = logging.getLogger(__name__)

T = TypeVar("T")

_MUST_MATCH = ("message.timestamp.type", "cleanup.policy")
_AT_LEAST = ("max.message.bytes",)


class LogRange(NamedTuple):
    """The offsets a partition holds: from `start` to before `end`."""

    start: int
    end: int


class Admin:
    """Asks and changes what the brokers keep; thread-safe.

    Every method raises `Retryable` when Kafka does not answer in time.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client = AdminClient(config.client(settings), logger=config.log)

    def partitions(self, timeout_s: float = 10.0) -> dict[str, int]:
        """Every topic with its number of partitions."""
        try:
            topics = self._client.list_topics(timeout=timeout_s).topics
        except KafkaException as err:
            raise _away(self._settings, err) from err
        return {name: len(topic.partitions) for name, topic in topics.items()}

    def topic_id(self, topic: str, timeout_s: float = 10.0) -> str:
        """The id the brokers gave the topic; a topic made anew has another.

        Raises:
            Refused: there is no such topic.
        """
        described = self._client.describe_topics(TopicCollection([topic]), request_timeout=timeout_s)
        return str(self._answer(described[topic], timeout_s).topic_id)

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
        try:
            return self._ranges(places, isolation, timeout_s)
        except Retryable:
            # A leader that was unknown once stays so, for minutes, until all metadata is asked for.
            self.partitions(timeout_s)
            return self._ranges(places, isolation, timeout_s)

    def committed(self, group: str, topic: str, timeout_s: float = 10.0) -> dict[int, int]:
        """The next offset of each partition the group has committed one for."""
        asked = self._client.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=timeout_s
        )
        found = self._answer(asked[group], timeout_s).topic_partitions
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
        self.check([topic for topic in wanted if topic.name in there], timeout_s)
        return [topic.name for topic in missing]

    def check(self, topics: Iterable[Topic], timeout_s: float = 30.0) -> None:
        """Check that topics exist with their partitions and settings.

        Raises:
            Refused: one is missing or different; the text has the fix.
        """
        wanted = list(topics)
        there = self.partitions(timeout_s)
        for topic in wanted:
            _check_partitions(topic, there.get(topic.name))
        for topic, actual in zip(wanted, self._configs(wanted, timeout_s), strict=True):
            _check_config(topic, actual)

    def grow(self, topic: str, partitions: int, timeout_s: float = 30.0) -> None:
        """Give a topic more partitions; what it has enough of is left alone.

        Raises:
            Refused: it has more already; Kafka cannot take partitions away.
        """
        there = self.partitions(timeout_s).get(topic, 0)
        if there > partitions:
            raise Refused(f"{topic} has {there} partitions; Kafka cannot reduce them to {partitions}.")
        if there < partitions:
            grown = self._client.create_partitions([NewPartitions(topic, partitions)])
            self._answer(grown[topic], timeout_s)
            self._wait_until_served(topic, partitions, timeout_s)

    def _create(self, topics: list[Topic], timeout_s: float) -> None:
        if not topics:
            return
        made = self._client.create_topics(
            [NewTopic(t.name, num_partitions=t.partitions, config=dict(t.config)) for t in topics],
            operation_timeout=timeout_s,
        )
        for name, future in made.items():
            try:
                self._answer(future, timeout_s)
            except TopicExists:
                log.info("Somebody else made the topic just now.", extra={"topic": name})
        for topic in topics:
            self._wait_until_served(topic.name, topic.partitions, timeout_s)

    def _wait_until_served(self, topic: str, partitions: int, timeout_s: float) -> None:
        # The controller answers before the brokers know: for some milliseconds (more when they are busy) the
        # topic has its old partitions, and a new one has no leader, or one that does not know it yet.
        deadline = time.monotonic() + timeout_s
        while not self._serves(topic, partitions):
            if time.monotonic() > deadline:
                raise Retryable(
                    f"Kafka has made {partitions} partitions of {topic}, but does not serve them yet."
                )
            time.sleep(0.02)

    def _serves(self, topic: str, partitions: int) -> bool:
        try:
            self.log_ranges(topic, range(partitions), 0.5)
            return self.partitions().get(topic, 0) >= partitions
        except (Refused, Retryable):
            return False

    def _configs(self, topics: list[Topic], timeout_s: float) -> list[dict[str, str]]:
        resources = [ConfigResource(ConfigResource.Type.TOPIC, topic.name) for topic in topics]
        if not resources:
            return []
        answers = self._client.describe_configs(resources, request_timeout=timeout_s)
        return [
            {name: entry.value for name, entry in self._answer(answers[resource], timeout_s).items()}
            for resource in resources
        ]

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
        answers = self._client.list_offsets(
            dict.fromkeys(places, spec), isolation_level=isolation, request_timeout=timeout_s
        )
        return {place: self._answer(answers[place], timeout_s).offset for place in places}

    def _answer(self, future: "Future[T]", timeout_s: float) -> T:
        try:
            return future.result(timeout_s + 1)
        except KafkaException as err:
            raise _meaning(self._settings, err) from err
        except TimeoutError as err:
            raise _away(self._settings, err) from err


class TopicExists(Refused):
    """The topic was made by somebody else in the meantime."""


def _meaning(settings: KafkaSettings, err: KafkaException) -> Refused | Retryable:
    error = err.args[0]
    if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
        return TopicExists(str(error.str()))
    if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
        return Refused(f"A topic is missing: {error.str()}. Make the topics with `umbra topics`.")
    return _away(settings, err)


def _away(settings: KafkaSettings, err: Any) -> Retryable:
    reason = err.args[0].str() if isinstance(err, KafkaException) else "no answer"
    return Retryable(f"Kafka at {settings.kafka_bootstrap} does not answer: {reason}. Is it running?")


def _check_partitions(topic: Topic, there: int | None) -> None:
    if there is None:
        raise Refused(f"Topic {topic.name} is missing. Make the topics with `umbra topics`.")
    if there < topic.partitions:
        raise Refused(
            f"Topic {topic.name} has {there} partitions, {topic.partitions} are wanted. "
            f"Grow it with `umbra topics --partitions {topic.partitions}`."
        )
    if there > topic.partitions:
        raise Refused(
            f"Topic {topic.name} has {there} partitions, {topic.partitions} are wanted, and Kafka cannot "
            f"take any away. Set UMBRA_PARTITIONS={there}, or delete the topic and run `umbra topics`."
        )


def _check_config(topic: Topic, actual: dict[str, str]) -> None:
    for name in _MUST_MATCH:
        if name in topic.config and _parts(actual.get(name)) != _parts(topic.config[name]):
            raise _misconfigured(topic, name, actual.get(name))
    for name in _AT_LEAST:
        if name in topic.config and int(actual.get(name) or 0) < int(topic.config[name]):
            raise _misconfigured(topic, name, actual.get(name))


def _parts(value: str | None) -> set[str]:
    return set((value or "").split(","))


def _misconfigured(topic: Topic, name: str, actual: str | None) -> Refused:
    wanted = topic.config[name]
    return Refused(
        f"Topic {topic.name} has {name}={actual}, {wanted} is needed. Correct it: kafka-configs.sh --alter "
        f"--entity-type topics --entity-name {topic.name} --add-config {name}={wanted}"
    )
