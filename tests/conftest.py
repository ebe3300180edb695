"""`kafka` and `postgres`: one server per session, a topic prefix or database of its own for each test."""

import signal
import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient
from hypothesis import HealthCheck, settings

from tests.servers import backend, database_settings, migrated_database, run_statement
from umbra.postgres.migrate import migrate
from umbra.settings import KafkaSettings, PostgresSettings

pytest_plugins = ["tests.report"]

TEMPLATE = "umbra_template"

# A shell starts what it runs in the background with SIGINT ignored, and so would every process of a test be.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no failure of what is tested.
settings.register_profile("umbra", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("umbra")


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap of the session's Kafka. Tests that stop or fill a broker start one of their own."""
    with backend().kafka(tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DSN of the session's PostgreSQL, a superuser's."""
    with backend().postgres(tmp_path_factory.mktemp("postgres")) as dsn:
        yield dsn


@pytest.fixture
def kafka(kafka_server: str) -> Iterator[KafkaSettings]:
    """Kafka with a topic prefix that nobody else uses; no topics yet; those made are deleted after."""
    kafka_settings = KafkaSettings(kafka_bootstrap=kafka_server, topic_prefix=f"t{uuid.uuid4().hex[:8]}.")
    yield kafka_settings
    _delete_topics(kafka_settings)


@pytest.fixture
def postgres(postgres_server: str, postgres_template: str) -> Iterator[PostgresSettings]:
    """A migrated database that nobody else uses; a copy of the template, some 50 ms."""
    with migrated_database(postgres_server, postgres_template) as database:
        yield database


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated database to copy."""
    run_statement(postgres_server, f"CREATE DATABASE {TEMPLATE}")
    migrate(database_settings(postgres_server, TEMPLATE))
    return TEMPLATE


def _delete_topics(kafka: KafkaSettings) -> None:
    client = AdminClient({"bootstrap.servers": kafka.kafka_bootstrap})
    names = [name for name in client.list_topics(timeout=60).topics if name.startswith(kafka.topic_prefix)]
    for deleted in client.delete_topics(names).values() if names else ():
        deleted.result(60)
