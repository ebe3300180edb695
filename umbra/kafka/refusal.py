"""Rights that the brokers do not grant, in words that name them."""

from confluent_kafka import KafkaError

from umbra.core.errors import Refused, Retryable
from umbra.settings import KafkaSettings

_DENIED = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)


class RightMissing(Refused):
    """The brokers know this client, and do not let it do that."""


def is_denial(error: KafkaError) -> bool:
    """Whether the error says that a right is missing."""
    return error.code() in _DENIED


def right_missing(settings: KafkaSettings, *rights: str) -> RightMissing:
    """The error of a client that lacks rights, each like `Write on topic umbra.images`."""
    who = settings.kafka_username or "this client"
    return RightMissing(
        f"Kafka does not grant {who}: {', '.join(rights)}. "
        "`umbra topics --acls` prints the commands that grant what each service needs."
    )


def unreadable(settings: KafkaSettings, topic: str, error: KafkaError) -> Refused | Retryable:
    """The error of a reader without a group that meets `error`."""
    if not is_denial(error):
        return Retryable(f"Cannot read {topic}: {error.str()}.")
    if error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return right_missing(settings, f"Read on topic {topic}")
    return right_missing(settings, f"Describe on group {settings.topics.reader}")
