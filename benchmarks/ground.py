"""What everything is measured on: one Kafka, one PostgreSQL, and a directory, for the whole run."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from confluent_kafka import Consumer, KafkaException, TopicPartition
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from umbra.kafka import config
from umbra.local import servers
from umbra.local.console import Console
from umbra.local.ports import Ports
from umbra.local.readiness import wait_until
from umbra.local.servers import Servers
from umbra.local.supervisor import Supervisor
from umbra.postgres.migrate import migrate
from umbra.settings import KafkaSettings, LocalSettings, PostgresSettings

_READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Ground:
    """
    Attributes:
        directory: everything is kept there.
        kafka: bootstrap servers.
        postgres: DSN of a superuser.
        ports: to take free ones from.
    """

    directory: Path
    kafka: str
    postgres: str
    ports: Ports

    def new_database(self) -> PostgresSettings:
        """A migrated database that nobody else uses."""
        name = f"bench{uuid.uuid4().hex[:8]}"
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        settings = PostgresSettings(postgres_dsn=SecretStr(make_conninfo(self.postgres, dbname=name)))
        migrate(settings)
        return settings


@contextmanager
def prepared() -> Iterator[Ground]:
    """Start the servers; nothing is left of them afterwards."""
    with tempfile.TemporaryDirectory(prefix="umbra-bench-") as name, open(f"{name}/log", "w") as log:
        directory, ports, settings = Path(name), Ports(), LocalSettings.load()
        kafka = servers.embedded_kafka(directory / "kafka", ports, settings)
        postgres = servers.embedded_postgres(directory / "postgres", ports)
        with Supervisor(Console(log)) as supervisor:
            servers.start(Servers(kafka, postgres), supervisor)
            _make_offsets_topic(kafka.address)
            yield Ground(directory, kafka.address, postgres.address, ports)


def _make_offsets_topic(kafka: str) -> None:
    """Have the broker make it now, as the first lookup of a group does.

    An admin client that meets a broker without one times out, and then never ends (librdkafka 2.16).
    """
    consumer = Consumer(config.reader(KafkaSettings(kafka_bootstrap=kafka)), logger=config.log)
    wait_until({"the offsets topic": lambda: _knows_groups(consumer)}, _READY_S)
    consumer.close()


def _knows_groups(consumer: Consumer) -> bool:
    try:
        consumer.committed([TopicPartition("__consumer_offsets", 0)], timeout=10)
    except KafkaException:
        return False
    return True
