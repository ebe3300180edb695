"""The two topics the monitor reads."""

from dataclasses import dataclass, field
from zlib import crc32

from umbra.core.errors import UmbraError
from umbra.kafka.admin import Admin
from umbra.settings import KafkaSettings


class SourcesRemade(UmbraError):
    """A prediction topic was deleted and made anew: only a new process can begin at its beginning."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Both prediction topics, by name, and the ids the brokers gave them.

    Attributes:
        ids: topic name to topic id; a topic made anew has another id.
        partitions: topic name to how many it had when this was asked.
    """

    champion: str
    shadow: str
    ids: dict[str, str]
    partitions: dict[str, int] = field(default_factory=dict, compare=False)

    @property
    def incarnation(self) -> str:
        """Short, and another one when a topic was made anew or has more partitions."""
        return f"{crc32(repr((sorted(self.ids.items()), sorted(self.partitions.items()))).encode()):08x}"


def current_sources(settings: KafkaSettings, admin: Admin) -> Sources:
    """The prediction topics as they are now.

    Raises:
        Retryable: Kafka does not answer.
        Refused: a topic is missing; the text has the fix.
    """
    champion, shadow = settings.topics.predictions_champion, settings.topics.predictions_shadow
    ids = {topic: admin.topic_id(topic) for topic in (champion, shadow)}
    counts = admin.partitions()
    return Sources(champion, shadow, ids, {topic: counts.get(topic, 0) for topic in ids})


def check_sources(settings: KafkaSettings, admin: Admin, known: Sources) -> None:
    """Check that the prediction topics are still those that `known` was made of.

    Raises:
        SourcesRemade: they are not.
        Retryable: Kafka does not answer.
        Refused: a topic is missing.
    """
    if (now := current_sources(settings, admin)) != known:
        raise SourcesRemade(f"Prediction topics were made anew, {known.ids} are now {now.ids}.")
