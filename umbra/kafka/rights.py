"""What the brokers grant this client, held against what it needs."""

from collections.abc import Iterable

from umbra.contracts.acls import Right
from umbra.kafka.answers import Answers
from umbra.kafka.refusal import RightMissing, right_missing
from umbra.settings import KafkaSettings


def check_rights(
    answers: Answers, settings: KafkaSettings, rights: Iterable[Right], timeout_s: float
) -> None:
    """Check rights on topics; the others show when they are used.

    Not on groups: the brokers would tell, but a process that asked then hangs in librdkafka when it ends.

    Raises:
        RightMissing: names all that are missing.
        TopicMissing: a topic is not there.
        Retryable: Kafka does not answer.
    """
    wanted = [right for right in rights if right.resource == "topic" and not right.prefixed]
    granted = {name: _granted(answers, name, timeout_s) for name in dict.fromkeys(r.name for r in wanted)}
    missing = [right for right in wanted if not _holds(granted[right.name], right)]
    if missing:
        raise right_missing(settings, *map(str, missing))


def _granted(answers: Answers, topic: str, timeout_s: float) -> frozenset[str] | None:
    """What we may do with a topic, in lower case without `_`; None when the brokers do not tell."""
    try:
        operations = answers.topic(topic, timeout_s, operations=True).authorized_operations
    except RightMissing:
        return frozenset()
    return frozenset(o.name.lower().replace("_", "") for o in operations) if operations else None


def _holds(granted: frozenset[str] | None, right: Right) -> bool:
    return granted is None or right.operation.lower() in granted
