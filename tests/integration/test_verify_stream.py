"""`umbra verify-stream` on real servers."""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import msgspec
import pytest

from tests.integration.scripted import ScriptedStream
from umbra import cli
from umbra.contracts.prediction import Prediction
from umbra.postgres.connection import connect
from umbra.settings import KafkaSettings, PostgresSettings

ALONE = {"champion": "small@1"}
BOTH = {"champion": "small@1", "shadow": "large@1"}
PROMOTED = {"champion": "large@1", "shadow": "small@1"}


@pytest.fixture
def stream(kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> ScriptedStream:
    monkeypatch.setenv("UMBRA_KAFKA_BOOTSTRAP", kafka.kafka_bootstrap)
    monkeypatch.setenv("UMBRA_TOPIC_PREFIX", kafka.topic_prefix)
    return ScriptedStream(kafka.model_copy(update={"partitions": 2}))


@pytest.fixture
def judged(stream: ScriptedStream) -> ScriptedStream:
    """Three revisions with ten images each, all judged; the shadow is there from the second on."""
    for slots in (ALONE, BOTH, PROMOTED):
        stream.activate(slots)
        stream.send(10)
    stream.judge()
    return stream


@pytest.fixture
def paired(
    judged: ScriptedStream, postgres: PostgresSettings, monkeypatch: pytest.MonkeyPatch
) -> PostgresSettings:
    """The same with its pairs in PostgreSQL, whose address is set."""
    monkeypatch.setenv("UMBRA_POSTGRES_DSN", postgres.postgres_dsn.get_secret_value())
    judged.pair(postgres)
    return postgres


Umbra = Callable[..., tuple[int, str]]
Proof = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def umbra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Umbra:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["umbra", "verify-stream", *arguments])
        code = cli.main()
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


@pytest.fixture
def proof(umbra: Umbra) -> Proof:
    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        code, printed = umbra("--json", *arguments)
        assert printed.startswith("{"), printed
        return code, json.loads(printed)

    return run


def checked(found: dict[str, Any]) -> dict[str, int]:
    return {claim["claim"]: claim["checked"] for claim in found["claims"]}


def first(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(told["kind"], told["slot"]) for told in found["violations"]["first"]]


def one(stream: ScriptedStream, slot: str, **changed: Any) -> Prediction:
    """What a slot says of some image, and what it does not say."""
    return msgspec.structs.replace(next(iter(stream.predictions(slot))), **changed)


def test_topics_without_anything_have_nothing_to_prove(stream: ScriptedStream, umbra: Umbra) -> None:
    code, printed = umbra()
    assert code == 0, printed
    assert "Nothing to prove: the images topic holds no image." in printed


def test_a_sound_stream_is_proven_with_its_pairs(paired: PostgresSettings, proof: Proof) -> None:
    code, found = proof()
    assert (code, found["holds"], found["pending"]) == (0, True, 0)
    assert checked(found) == {
        "champion": 30,
        "starts": 30,
        "shadows": 20,
        "in-force": 50,
        "images-only": 50,
        "pairs": 20,
    }
    assert [part["markers"] for part in found["partitions"]] == [3, 3]


def test_it_says_so_in_words(judged: ScriptedStream, umbra: Umbra) -> None:
    code, printed = umbra()
    assert code == 0
    assert "ok  Every image has exactly one champion prediction. 30 checked." in printed
    assert "not asked  Every image with a shadow is paired" in printed
    assert "Proven: nothing speaks against it in 30 images on 2 partitions" in printed


def test_a_prediction_too_many_is_named_with_its_place(judged: ScriptedStream, umbra: Umbra) -> None:
    doubled = one(judged, "champion")
    judged.say([doubled])
    code, printed = umbra()
    assert code == 1
    assert "Violations: 1 doubled." in printed
    assert f"doubled: image {doubled.image.partition}:{doubled.image.offset}, slot champion" in printed
    assert "Not proven: 1 violations in 30 images on 2 partitions" in printed


def test_what_an_aborted_transaction_wrote_does_not_count(judged: ScriptedStream, proof: Proof) -> None:
    judged.say([one(judged, "champion"), one(judged, "shadow", revision=7)], commit=False)
    assert proof()[0] == 0


def test_a_lost_prediction_is_found(judged: ScriptedStream, proof: Proof) -> None:
    judged.send(2)
    judged.judge("champion", lost=1)
    judged.judge("shadow")
    code, found = proof()
    assert (code, first(found)) == (1, [("missing", "champion")])
    ends = judged.admin.log_range(judged.topics.images, 0).end
    told = found["violations"]["first"][0]
    assert (told["partition"], told["offset"]) == (0, ends - 1)


def test_what_nobody_has_judged_yet_is_pending_and_not_waited_for_longer_than_said(
    judged: ScriptedStream, proof: Proof
) -> None:
    judged.send(4)
    judged.judge("champion")
    code, found = proof()
    assert (code, found["pending"]) == (0, 4)

    code, found = proof("--wait", "0.1")
    assert (code, found["timed_out"]) == (5, True)
    judged.judge("shadow")
    assert proof("--wait", "60")[0] == 0


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (b"DELETE FROM umbra.comparison", [("unpaired", "shadow")] * 20),
        (
            b"UPDATE umbra.comparison SET shadow = 'large@2' WHERE revision = 2",
            [("wrong-pair", "shadow")] * 10,
        ),
    ],
)
def test_a_pair_lost_or_spoilt_is_found(
    paired: PostgresSettings, proof: Proof, statement: bytes, expected: list[tuple[str, str]]
) -> None:
    with closing(connect(paired, "test")) as connection:
        connection.execute(statement)
    code, found = proof()
    assert (code, first(found)) == (1, expected)
    assert proof("--no-postgres")[0] == 0


def test_pairs_the_monitor_has_not_made_yet_are_pending(
    paired: PostgresSettings, judged: ScriptedStream, proof: Proof
) -> None:
    judged.send(3)
    judged.judge()
    code, found = proof()
    assert (code, found["pending"]) == (0, 3)
    assert proof("--wait", "0.1")[0] == 5
    judged.pair(paired)
    assert proof("--wait", "60")[0] == 0


def test_images_that_left_the_log_are_not_missed(
    paired: PostgresSettings, judged: ScriptedStream, proof: Proof
) -> None:
    judged.forget(judged.topics.images, {0: 9})
    code, found = proof()
    assert code == 0
    assert found["images"] < 30
    assert found["beside"]["of_expired_images"] > 0


def test_predictions_that_left_their_topic_are_not_missed(judged: ScriptedStream, proof: Proof) -> None:
    held = judged.admin.log_range(judged.topics.predictions_champion, 0)
    judged.forget(judged.topics.predictions_champion, {0: held.end})
    code, found = proof()
    assert code == 0
    assert found["beside"]["predictions_left_the_log"] == 15


def test_a_topic_made_anew_is_proven_for_itself(
    paired: PostgresSettings, judged: ScriptedStream, proof: Proof
) -> None:
    judged.remake_images()
    judged.send(4)
    code, found = proof()
    assert (code, found["beside"]["waited_for"], found["beside"]["of_former_topic"]) == (0, 4, 50)

    judged.activate(PROMOTED, anchored_at={0: 0, 1: 0})
    judged.judge()
    judged.pair(paired)
    code, found = proof()
    assert (code, checked(found)["champion"], checked(found)["pairs"]) == (0, 4, 4)


def test_images_of_partitions_just_added_wait_for_their_anchor(judged: ScriptedStream, proof: Proof) -> None:
    for topic in (judged.topics.predictions_champion, judged.topics.predictions_shadow, judged.topics.images):
        judged.admin.grow(topic, 3)
    judged.send(3)
    judged.judge()
    code, found = proof()
    assert (code, found["beside"]["waited_for"]) == (0, 1)
    judged.activate(PROMOTED, anchored_at={2: 0})
    code, found = proof()
    assert first(found) == [("missing", "champion"), ("missing", "shadow")]


def test_a_kafka_or_a_postgres_that_is_away_has_its_own_exit_code(
    judged: ScriptedStream, umbra: Umbra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UMBRA_POSTGRES_DSN", "postgresql://127.0.0.1:1/umbra")
    assert umbra()[0] == 3
    monkeypatch.delenv("UMBRA_POSTGRES_DSN")
    monkeypatch.setenv("UMBRA_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    assert umbra()[0] == 3


def test_a_kafka_without_topics_is_refused_with_the_remedy(
    kafka: KafkaSettings, umbra: Umbra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UMBRA_KAFKA_BOOTSTRAP", kafka.kafka_bootstrap)
    monkeypatch.setenv("UMBRA_TOPIC_PREFIX", kafka.topic_prefix)
    code, printed = umbra()
    assert code == 4
    assert "umbra topics" in printed
