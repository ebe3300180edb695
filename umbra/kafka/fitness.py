"""Whether a topic is as it must be; every refusal has the fix."""

from collections.abc import Mapping

from umbra.contracts.topics import Topic
from umbra.core.errors import Refused

_MUST_MATCH = ("message.timestamp.type", "cleanup.policy")
_AT_LEAST = ("max.message.bytes",)


def check_partitions(topic: Topic, there: int) -> None:
    """
    Raises:
        Refused: it has another number of partitions.
    """
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


def check_config(topic: Topic, actual: Mapping[str, str]) -> None:
    """
    Raises:
        Refused: a setting that matters is another.
    """
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
