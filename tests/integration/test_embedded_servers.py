"""The embedded servers against the adapters that use them: what they keep, and through what."""

import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.unit.local.processes import until
from umbra.contracts.topics import Retention
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.kafka.read import read_topic
from umbra.local.console import Console
from umbra.local.jars import ensure_jars
from umbra.local.kafka import Kafka, find_java
from umbra.local.ports import Ports
from umbra.local.postgres import Postgres
from umbra.local.readiness import wait_until
from umbra.local.supervisor import Supervisor
from umbra.settings import KafkaSettings, PostgresSettings


@contextmanager
def running(server: Kafka | Postgres) -> Iterator[Supervisor]:
    server.prepare()
    with Supervisor(Console(io.StringIO())) as supervisor:
        supervisor.start(server.process())
        wait_until({"server": server.is_ready}, 60)
        yield supervisor


def kafka_in(directory: Path) -> Kafka:
    ports = Ports()
    return Kafka(directory, ports.any(), ports.any(), ensure_jars(), find_java())


def settings_of(kafka: Kafka) -> KafkaSettings:
    return KafkaSettings(kafka_bootstrap=kafka.address, partitions=1)


def test_the_kafka_fixture_takes_every_topic(kafka: KafkaSettings) -> None:
    topics = kafka.topics.all(4, ("champion", "shadow"), Retention())
    assert Admin(kafka).ensure(topics) == [topic.name for topic in topics]


def test_the_postgres_fixture_is_a_migrated_database(postgres: PostgresSettings) -> None:
    with psycopg.connect(postgres.postgres_dsn.get_secret_value()) as connection:
        found = connection.execute("SELECT to_regclass('umbra.prediction')").fetchone()
    assert found is not None
    assert found[0] is not None


def test_kafka_keeps_its_records_over_a_kill_and_a_restart_on_other_ports(tmp_path: Path) -> None:
    before = kafka_in(tmp_path)
    with running(before) as supervisor:
        settings = settings_of(before)
        topics = settings.topics
        Admin(settings).ensure(topics.all(1, ("champion",), Retention()))
        with Producer(settings, timeout_s=60) as producer:
            producer.send(topics.images, value=bytes(3_000_000), key=b"large").result(60)
            (pid,) = supervisor.pids()["kafka"]
            os.kill(pid, signal.SIGKILL)
            producer.send(topics.images, value=b"while it was away", key=b"small").result(60)

    after = kafka_in(tmp_path)
    with running(after):
        records = read_topic(settings_of(after), topics.images)
        assert [record.key for record in records] == [b"large", b"small"]


def test_postgres_keeps_its_rows_over_a_kill_and_a_restart_on_another_port(tmp_path: Path) -> None:
    before = Postgres(tmp_path, Ports().any())
    with running(before) as supervisor:
        with psycopg.connect(before.address) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        (pid,) = supervisor.pids()["postgres"]
        os.kill(pid, signal.SIGKILL)
        until(lambda: supervisor.pids()["postgres"] not in ([], [pid]) and before.is_ready(), 30)

    after = Postgres(tmp_path, Ports().any())
    with running(after), psycopg.connect(after.address) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_postgres_wants_its_password(postgres_server: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(make_conninfo(postgres_server, password="guessed"))


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "rest").touch()
    with running(Postgres(tmp_path, Ports().any(), durable=False)):
        assert not (tmp_path / "new").exists()
