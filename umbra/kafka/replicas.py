"""How many brokers have a topic's records, and how many must before a record counts as written."""

import logging
from collections.abc import Sequence

from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

from umbra.kafka.answers import Answers

log = logging.getLogger(__name__)

_IN_SYNC = "min.insync.replicas"
_SAFE_REPLICAS, _SAFE_IN_SYNC = 3, 2
"""With three replicas and two that must have a record, one broker may go without a stop or a loss."""


def secure(answers: Answers, topics: Sequence[str], timeout_s: float) -> None:
    """Have two brokers confirm what is written to those topics that have three replicas or more."""
    replicas = _replicas(answers, timeout_s) if topics else {}
    safe = [name for name in topics if replicas.get(name, 0) >= _SAFE_REPLICAS]
    for name, actual in zip(safe, answers.topic_configs(safe, timeout_s), strict=True):
        if int(actual[_IN_SYNC]) < _SAFE_IN_SYNC:
            _set(answers, name, _IN_SYNC, str(_SAFE_IN_SYNC), timeout_s)


def warn_of_single(answers: Answers, topics: Sequence[str], timeout_s: float) -> None:
    """Say which topics would be lost with one broker of several."""
    brokers, replicas = len(answers.metadata(timeout_s).brokers), _replicas(answers, timeout_s)
    single = [name for name in topics if replicas.get(name) == 1]
    if brokers > 1 and single:
        log.warning(
            "Topics have one replica on %d brokers: what one broker loses is lost. Add replicas with "
            "kafka-reassign-partitions.sh, or set default.replication.factor=3 on the brokers and make them "
            "anew.",
            brokers,
            extra={"topics": single},
        )


def _replicas(answers: Answers, timeout_s: float) -> dict[str, int]:
    """The fewest replicas of a partition, by topic."""
    return {
        name: min((len(partition.replicas) for partition in topic.partitions.values()), default=0)
        for name, topic in answers.metadata(timeout_s).topics.items()
    }


def _set(answers: Answers, topic: str, name: str, value: str, timeout_s: float) -> None:
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    changed = answers.client.incremental_alter_configs([resource], request_timeout=timeout_s)
    answers.of(changed[resource], timeout_s, f"AlterConfigs on topic {topic}")
