"""Whether the brokers can serve transactions at all: else the first one waits for ever, without a reason."""

import logging
import time
from collections.abc import Mapping
from typing import NamedTuple

from umbra.contracts.acls import TRANSACTION_STATE
from umbra.core.errors import Refused
from umbra.kafka.answers import Answers, TopicMissing
from umbra.kafka.refusal import RightMissing

log = logging.getLogger(__name__)

LONGEST = "transaction.max.timeout.ms"
REPLICAS = "transaction.state.log.replication.factor"
IN_SYNC = "transaction.state.log.min.isr"

_COME_S = 5.0
"""How long brokers that start side by side are waited for before they are too few."""


class TooFewBrokers(Refused):
    """The topic that keeps transactions cannot be made."""


class Brokers(NamedTuple):
    """What decides.

    Attributes:
        there: how many brokers there are just now.
        replicas: of the topic that keeps transactions; 0 as long as it is not made.
        properties: of one of them.
    """

    there: int
    replicas: int
    properties: Mapping[str, str]


def check_transactions(answers: Answers, timeout_ms: int, timeout_s: float) -> None:
    """Check that the brokers serve transactions that may take `timeout_ms`.

    Nothing is checked when this client may not look at the brokers' settings; `TransactionalProducer` then
    says what it meets.

    Raises:
        Refused: they do not, and will not by themselves.
        Retryable: Kafka does not answer.
    """
    deadline = time.monotonic() + _COME_S
    while not _will_do(answers, timeout_ms, timeout_s, deadline):
        time.sleep(0.2)


def _will_do(answers: Answers, timeout_ms: int, timeout_s: float, deadline: float) -> bool:
    """Whether the brokers will do, as far as we may look; until `deadline` more of them may come."""
    brokers = _look(answers, timeout_s)
    try:
        if brokers is not None:
            judge(brokers, timeout_ms)
    except TooFewBrokers:
        if time.monotonic() > deadline:
            raise
        return False
    return True


def judge(brokers: Brokers, timeout_ms: int) -> None:
    """
    Raises:
        Refused: a transaction would be refused, or wait for ever; the text has the fix.
    """
    longest_ms, in_sync = int(brokers.properties[LONGEST]), int(brokers.properties[IN_SYNC])
    if longest_ms < timeout_ms:
        raise Refused(
            f"The brokers allow transactions of {longest_ms} ms, {timeout_ms} ms are needed. "
            f"Set {LONGEST}={timeout_ms} or more in every broker's server.properties."
        )
    if brokers.replicas == 0:
        _refuse_too_few(brokers.there, max(int(brokers.properties[REPLICAS]), in_sync))
    elif brokers.replicas < in_sync:
        raise Refused(
            f"No transaction can be committed: topic {TRANSACTION_STATE} has {brokers.replicas} replicas, "
            f"and {IN_SYNC}={in_sync} must have each record. Set it to {brokers.replicas} in every broker's "
            f"server.properties; of the topic that is there: kafka-configs.sh --alter --entity-type topics "
            f"--entity-name {TRANSACTION_STATE} --add-config min.insync.replicas={brokers.replicas}"
        )


def _refuse_too_few(there: int, needed: int) -> None:
    if there < needed:
        raise TooFewBrokers(
            f"No transaction can be begun: of the {needed} brokers that {REPLICAS} and {IN_SYNC} ask for "
            f"{there} are there. Start the others, or set both to {there} in every broker's "
            "server.properties and start it again."
        )


def _look(answers: Answers, timeout_s: float) -> Brokers | None:
    """What decides; None when we may not look."""
    there = answers.metadata(timeout_s).brokers
    try:
        properties = answers.broker_config(next(iter(there)), timeout_s)
        return Brokers(len(there), _replicas(answers, timeout_s), properties)
    except RightMissing as err:
        log.debug("Whether transactions will work is not checked.", extra={"reason": err})
        return None


def _replicas(answers: Answers, timeout_s: float) -> int:
    try:
        partitions = answers.topic(TRANSACTION_STATE, timeout_s).partitions
    except TopicMissing:
        return 0
    return min(len(partition.replicas) for partition in partitions)
