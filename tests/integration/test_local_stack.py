"""The embedded servers against the adapters that use them."""

import psycopg

from umbra.contracts.topics import Retention
from umbra.kafka.admin import Admin
from umbra.settings import KafkaSettings, PostgresSettings


def test_the_kafka_fixture_takes_every_topic(kafka: KafkaSettings) -> None:
    topics = kafka.topics.all(4, ("champion", "shadow"), Retention())
    assert Admin(kafka).ensure(topics) == [topic.name for topic in topics]


def test_the_postgres_fixture_is_a_migrated_database(postgres: PostgresSettings) -> None:
    with psycopg.connect(postgres.postgres_dsn.get_secret_value()) as connection:
        found = connection.execute("SELECT to_regclass('umbra.prediction')").fetchone()
    assert found is not None
    assert found[0] is not None
