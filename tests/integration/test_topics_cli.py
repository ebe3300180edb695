"""`umbra topics` and `umbra migrate` against real servers."""

import json
import sys

import pytest

from umbra import cli
from umbra.kafka.admin import Admin
from umbra.settings import KafkaSettings, PostgresSettings


@pytest.fixture
def topics(kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> KafkaSettings:
    monkeypatch.setenv("UMBRA_KAFKA_BOOTSTRAP", kafka.kafka_bootstrap)
    monkeypatch.setenv("UMBRA_TOPIC_PREFIX", kafka.topic_prefix)
    return kafka


def umbra(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["umbra", *arguments])
    return cli.main()


def partitions(settings: KafkaSettings) -> dict[str, int]:
    found = Admin(settings).partitions()
    prefix = settings.topic_prefix
    return {name.removeprefix(prefix): n for name, n in found.items() if name.startswith(prefix)}


def test_topics_are_made_once(
    topics: KafkaSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert umbra(monkeypatch, "topics") == 0
    assert f"made {topics.topics.images}" in capsys.readouterr().out.splitlines()
    assert umbra(monkeypatch, "topics") == 0
    assert capsys.readouterr().out == "All topics are as they must be, 4 partitions.\n"
    assert partitions(topics) == {
        "images": 4,
        "predictions.champion": 4,
        "predictions.shadow": 4,
        "control": 1,
        "workers": 1,
        "images.champion.dlq": 1,
        "images.shadow.dlq": 1,
        "images.replays.dlq": 1,
    }


def test_scripts_are_told_in_json_what_was_made(
    topics: KafkaSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert umbra(monkeypatch, "topics", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["partitions"] == 4
    assert {name.removeprefix(topics.topic_prefix) for name in told["made"]} == partitions(topics).keys()
    assert umbra(monkeypatch, "topics", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"made": [], "partitions": 4}


def test_topics_grow_and_never_shrink(
    topics: KafkaSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert umbra(monkeypatch, "topics") == 0
    assert umbra(monkeypatch, "topics", "--partitions", "6") == 0
    grown = partitions(topics)
    assert (grown["images"], grown["predictions.champion"], grown["predictions.shadow"]) == (6, 6, 6)
    assert umbra(monkeypatch, "topics", "--partitions", "2") == 4
    assert "has 6 partitions; Kafka cannot reduce them to 2." in capsys.readouterr().err


def test_a_growth_that_was_interrupted_is_finished(
    topics: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert umbra(monkeypatch, "topics") == 0
    Admin(topics).grow(topics.topics.predictions_champion, 6)
    assert umbra(monkeypatch, "topics", "--partitions", "6") == 0
    assert partitions(topics)["images"] == 6


def test_a_database_is_brought_up_to_date_once(
    postgres: PostgresSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UMBRA_POSTGRES_DSN", postgres.postgres_dsn.get_secret_value())
    assert umbra(monkeypatch, "migrate") == 0
    assert capsys.readouterr().out == "The database is up to date.\n"
    assert umbra(monkeypatch, "migrate", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"applied": []}


def test_a_database_that_is_away_has_its_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMBRA_POSTGRES_DSN", "postgresql://127.0.0.1:1/umbra")
    assert umbra(monkeypatch, "migrate") == 3
