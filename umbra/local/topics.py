"""Making Umbra's topics, and giving them more partitions."""

from umbra.contracts.topics import GB, Retention
from umbra.core.names import CHAMPION, REPLAYS, SHADOW
from umbra.kafka.admin import Admin
from umbra.kafka.transaction import TIMEOUT_MS
from umbra.settings import KafkaSettings

LOCAL_RETENTION = Retention(images_bytes=10 * GB, predictions_bytes=2 * GB, dlq_bytes=1 * GB)
"""What a local stack may fill of its disk."""

SLOTS = (CHAMPION, SHADOW)


def ensure_topics(settings: KafkaSettings, retention: Retention, slots: tuple[str, ...] = SLOTS) -> list[str]:
    """Make the topics that are missing, check the others and the brokers; the names of those made.

    Args:
        slots: those whose dead letters need a topic, besides replays.

    Raises:
        Refused: a topic or a broker is not as it must be; the text has the fix.
        Retryable: Kafka does not answer.
    """
    admin = Admin(settings)
    made = admin.ensure(settings.topics.all(settings.partitions, (*slots, REPLAYS), retention))
    admin.check_transactions(TIMEOUT_MS)
    return made


def ensure_dead_letters(settings: KafkaSettings, retention: Retention, slot: str) -> None:
    """Make the topic for a slot's dead letters if it is missing, as `ensure_topics` does."""
    name = settings.topics.dlq(slot)
    wanted = settings.topics.all(settings.partitions, (slot,), retention)
    Admin(settings).ensure(topic for topic in wanted if topic.name == name)


def grow_topics(settings: KafkaSettings) -> None:
    """Give the topics that exist `settings.partitions`; predictions first, so that every image has its place.

    Raises:
        Refused: one has more already.
        Retryable: Kafka does not answer.
    """
    admin, topics = Admin(settings), settings.topics
    there = admin.partitions()
    for topic in (topics.predictions_champion, topics.predictions_shadow, topics.images):
        if topic in there:
            admin.grow(topic, settings.partitions)


def existing_partitions(settings: KafkaSettings) -> int | None:
    """How many partitions the images topic has; None when there is none yet."""
    return Admin(settings).partitions().get(settings.topics.images)
