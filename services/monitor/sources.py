"""The two topics the monitor reads."""

from dataclasses import dataclass

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
    """

    champion: str
    shadow: str
    ids: dict[str, str]


def current_sources(settings: KafkaSettings, admin: Admin) -> Sources:
    """The prediction topics as they are now.

    Raises:
        Retryable: Kafka does not answer.
        Refused: a topic is missing; the text has the fix.
    """
    champion, shadow = settings.topics.predictions_champion, settings.topics.predictions_shadow
    return Sources(champion, shadow, {topic: admin.topic_id(topic) for topic in (champion, shadow)})


def check_sources(settings: KafkaSettings, admin: Admin, known: Sources) -> None:
    """Check that the prediction topics are still those that `known` was made of.

    Raises:
        SourcesRemade: they are not.
        Retryable: Kafka does not answer.
        Refused: a topic is missing.
    """
    if (now := current_sources(settings, admin)) != known:
        raise SourcesRemade(f"Prediction topics were made anew, {known.ids} are now {now.ids}.")
