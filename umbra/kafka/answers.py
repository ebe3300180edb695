"""What the brokers answer to an administrator's questions, and what their errors mean."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource

from umbra.core.errors import Refused, Retryable
from umbra.kafka import config
from umbra.kafka.entry import Entry
from umbra.kafka.refusal import is_denial, right_missing
from umbra.settings import KafkaSettings

T = TypeVar("T")

_SILENT_S = 20.0
"""A client that was told of no brokers once never asks again (docs/kafka.md): after this it is made anew."""


class TopicExists(Refused):
    """The topic was made by somebody else in the meantime."""


class TopicMissing(Refused):
    """There is no such topic."""


class Answers:
    """Asks through one client; thread-safe.

    Every method raises `Retryable` when Kafka does not answer in time or does not let us in, and
    `RightMissing` when it does not grant what is asked.

    Attributes:
        client: for further questions, whose answers `of` gives; made anew when it was silent for long.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._entry = Entry(settings)
        self._renewal = threading.Lock()
        self._begin()

    def of(self, future: "Future[T]", timeout_s: float, right: str) -> T:
        """What a question gives.

        Args:
            right: what the brokers must grant for it, like `Describe on topic umbra.images`.

        Raises:
            TopicExists, TopicMissing
        """
        try:
            answer = future.result(timeout_s + 1)
        except KafkaException as err:
            raise self._meaning(err, right) from err
        except TimeoutError as err:
            raise self._away(err) from err
        self._answered_at = time.monotonic()
        return answer

    def metadata(self, timeout_s: float) -> Any:
        """The brokers, and the topics that this client may see."""
        try:
            found = self.client.list_topics(timeout=timeout_s)
        except KafkaException as err:
            raise self._away(err) from err
        self._answered_at = time.monotonic()
        return found

    def topic(self, name: str, timeout_s: float, *, operations: bool = False) -> Any:
        """A topic's description.

        Args:
            operations: with what we may do with it.

        Raises:
            TopicMissing
        """
        described = self.client.describe_topics(
            TopicCollection([name]), include_authorized_operations=operations, request_timeout=timeout_s
        )
        return self.of(described[name], timeout_s, f"Describe on topic {name}")

    def topic_configs(self, names: Sequence[str], timeout_s: float) -> list[dict[str, str]]:
        """The settings of topics, in their order."""
        resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
        return self._configs(resources, timeout_s, [f"DescribeConfigs on topic {name}" for name in names])

    def broker_config(self, broker: int, timeout_s: float) -> dict[str, str]:
        """The settings of a broker."""
        resource = ConfigResource(ConfigResource.Type.BROKER, str(broker))
        return self._configs([resource], timeout_s, ["DescribeConfigs on cluster"])[0]

    def _configs(
        self, resources: list[ConfigResource], timeout_s: float, rights: list[str]
    ) -> list[dict[str, str]]:
        if not resources:
            return []
        answers = self.client.describe_configs(resources, request_timeout=timeout_s)
        return [
            {name: entry.value for name, entry in self.of(answers[resource], timeout_s, right).items()}
            for resource, right in zip(resources, rights, strict=True)
        ]

    def _meaning(self, err: KafkaException, right: str) -> Refused | Retryable:
        error = err.args[0]
        if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return TopicExists(str(error.str()))
        if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
            what = right.partition(" on ")[2]
            return TopicMissing(
                f"{what[:1].upper()}{what[1:]} is missing. Make the topics with `umbra topics`."
            )
        if is_denial(error):
            return right_missing(self._settings, right)
        return self._away(err)

    def _away(self, err: Exception) -> Retryable:
        self.client.poll(0)  # nobody else does: now `_entry` hears why
        said = err.args[0].str() if isinstance(err, KafkaException) else "no answer"
        with self._renewal:
            if time.monotonic() - self._answered_at > _SILENT_S:
                self._replace()
        return Retryable(self._entry.absence(said))

    def _begin(self) -> None:
        self.client = AdminClient(
            config.client(self._settings) | {"error_cb": self._entry.heard}, logger=config.log
        )
        self._answered_at = time.monotonic()

    def _replace(self) -> None:
        # Ending a client waits for its threads, which may be long; somebody else does that.
        former = [self.client]
        self._begin()
        threading.Thread(target=former.clear, name="former-admin", daemon=True).start()
