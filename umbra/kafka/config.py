"""How every Kafka client of Umbra is configured; the numbers were measured (docs/kafka.md)."""

import logging
from typing import Any

from pydantic import SecretStr

from umbra.contracts.topics import MESSAGE_BYTES
from umbra.kafka.quiet import Seldom
from umbra.settings import KafkaSettings

log = logging.getLogger("umbra.kafka")
log.addFilter(Seldom())

Config = dict[str, Any]

READ_COMMITTED = {"isolation.level": "read_committed"}


def client(settings: KafkaSettings) -> Config:
    """What all clients share."""
    return {
        "bootstrap.servers": settings.kafka_bootstrap,
        "reconnect.backoff.max.ms": 1000,
        "retry.backoff.ms": 2,  # 100 (default) turns a 5 ms transaction into 90 ms
        "retry.backoff.max.ms": 1000,
        "log.connection.close": False,
        **_security(settings),
    }


def _security(settings: KafkaSettings) -> Config:
    given = {
        "security.protocol": settings.kafka_security_protocol,
        "sasl.mechanism": settings.kafka_sasl_mechanism,
        "sasl.username": settings.kafka_username,
        "sasl.password": _revealed(settings.kafka_password),
        "ssl.ca.location": settings.kafka_ca_file,
        "ssl.certificate.location": settings.kafka_cert_file,
        "ssl.key.location": settings.kafka_key_file,
        "ssl.key.password": _revealed(settings.kafka_key_password),
    }
    return {name: value for name, value in given.items() if value is not None}


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def producer(settings: KafkaSettings) -> Config:
    """An idempotent producer that agrees with Java's and Faust's partitioner."""
    return client(settings) | {
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        # A record of MESSAGE_BYTES and its overhead must pass; the broker has the last word.
        "message.max.bytes": MESSAGE_BYTES + 100_000,
    }


def transactional(
    settings: KafkaSettings, transactional_id: str, timeout_ms: int, linger_ms: int = 0
) -> Config:
    """A producer of exactly-once transactions.

    Args:
        timeout_ms: how long one may take.
        linger_ms: how long a record may wait for others.
    """
    return producer(settings) | {
        "transactional.id": transactional_id,
        "transaction.timeout.ms": timeout_ms,
        "linger.ms": linger_ms,
    }


def reader(settings: KafkaSettings) -> Config:
    """A consumer without a group that reads what is committed and says when it reaches the end."""
    return (
        client(settings)
        | READ_COMMITTED
        | {
            "group.id": settings.topics.reader,  # librdkafka wants one; it is never used
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.queue.backoff.ms": 10,  # 1000 (default) starves a reader of large records
            "queued.max.messages.kbytes": 16384,
        }
    )


def follower(settings: KafkaSettings) -> Config:
    """A reader that soon knows that it is at the end: whoever reads to the end waits for that."""
    # An empty fetch says so, and the default holds it for 500 ms: workers stood still so long at each marker.
    return reader(settings) | {"fetch.wait.max.ms": 50}


def bystander(settings: KafkaSettings, group: str) -> Config:
    """Asks what a group has committed, and is no member of it."""
    return client(settings) | {
        "group.id": group,
        "enable.auto.commit": False,
        # What is committed by now; read_committed would wait for the group's open transactions.
        "isolation.level": "read_uncommitted",
    }


def member(settings: KafkaSettings, group: str, instance: str, poll_interval_s: float = 300.0) -> Config:
    """A static member of a consumer group; offsets are committed by a transaction, never by itself.

    Args:
        poll_interval_s: whoever does not poll for longer leaves the group; at least its session, 10 s.
    """
    return reader(settings) | {
        "group.id": group,
        # Back after a SIGKILL with its partitions at once instead of after the session time-out.
        "group.instance.id": instance,
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": 10_000,
        "heartbeat.interval.ms": 1000,  # how soon a rebalance is noticed; 3000 is the default
        "max.poll.interval.ms": int(poll_interval_s * 1000),
        "fetch.max.bytes": 8_000_000,
        "max.partition.fetch.bytes": 2_000_000,
    }
