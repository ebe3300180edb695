"""`umbra dlq` against a real Kafka."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from tests.images import make_bmp
from umbra.cli.dlq import app
from umbra.contracts import dead_letter
from umbra.contracts.headers import Headers, first_values
from umbra.contracts.landing import landing_headers
from umbra.contracts.topics import Retention
from umbra.core.errors import Refused
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.kafka.read import read_record
from umbra.kafka.record import Place, Record
from umbra.settings import KafkaSettings, StoreSettings
from umbra.store import Store

IMAGE = make_bmp(5_000)
HEADERS = landing_headers(deployment="digits", tags=["night"])

Run = Callable[..., Any]


class Log(NamedTuple):
    """The images topic and the champion's dead letters."""

    settings: KafkaSettings

    def land(self, value: bytes, headers: Headers = HEADERS, key: bytes | None = b"cam/1") -> Place:
        return self._send(self.settings.topics.images, value, headers, key)

    def bury(
        self,
        code: str,
        value: bytes | None,
        origin: Place,
        headers: Headers = HEADERS,
        key: bytes | None = b"cam/1",
    ) -> str:
        """Write a dead letter as a worker does; the place it goes by."""
        came_from = dead_letter.origin(self.settings.topics.images, *origin)
        why = dead_letter.dead_letter_headers(headers, code=code, message="It is bad.", origin=came_from)
        self._send(self.settings.topics.dlq("champion"), value, why, key)
        return f"{origin.partition}:{origin.offset}"

    def landed(self, place: str) -> Record:
        partition, _, offset = place.partition(":")
        record = read_record(self.settings, self.settings.topics.images, int(partition), int(offset))
        assert record is not None
        return record

    def _send(self, topic: str, value: bytes | None, headers: Headers, key: bytes | None) -> Place:
        with Producer(self.settings) as producer:
            return producer.send(topic, value=value, key=key, headers=headers).result(60)


@pytest.fixture
def log(kafka: KafkaSettings) -> Log:
    needed = {kafka.topics.images, kafka.topics.dlq("champion"), kafka.topics.dlq("shadow")}
    topics = kafka.topics.all(2, ("champion", "shadow"), Retention())
    Admin(kafka).ensure(topic for topic in topics if topic.name in needed)
    return Log(kafka)


@pytest.fixture
def run(kafka: KafkaSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("UMBRA_KAFKA_BOOTSTRAP", kafka.kafka_bootstrap)
    monkeypatch.setenv("UMBRA_TOPIC_PREFIX", kafka.topic_prefix)
    monkeypatch.setenv("UMBRA_STORE_URL", f"file://{tmp_path}/store")

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(app, list(arguments), catch_exceptions=True)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run


def test_an_empty_queue_is_empty(log: Log, run: Run) -> None:
    assert run("list", "--json") == []
    assert "No dead letters" in run("list")


def test_each_dead_letter_is_listed_with_its_reason(log: Log, run: Run) -> None:
    first = log.bury("undecodable", b"no image", Place(1, 7))
    second = log.bury("unknown-deployment", None, Place(0, 3), headers=[], key=None)

    listed = run("list", "--json")

    assert [letter["place"] for letter in listed] == [first, second]
    assert listed[0] | {"at": ""} == {
        "place": first,
        "at": "",
        "deployment": "digits",
        "image_id": "cam/1",
        "code": "undecodable",
        "message": "It is bad.",
        "origin": f"{log.settings.topics.images}:1:7",
    }
    assert (listed[1]["deployment"], listed[1]["image_id"]) == (None, "0-3")
    assert [letter["place"] for letter in run("list", "--code", "undecodable", "--json")] == [first]
    assert run("list", "shadow", "--json") == []
    assert "undecodable" in run("list")


def test_a_record_of_somebody_else_is_shown_too(log: Log, run: Run) -> None:
    foreign: Headers = [("error-code", b"\xff"), ("origin", b"nowhere"), ("\x1b[31mred", b"\x1b[31m")]
    place = log._send(log.settings.topics.dlq("champion"), b"?", foreign, b"\xff")

    assert run("list", "--json")[0]["origin"] is None
    assert "\x1b" not in run("list") + run("show", "champion", f"{place.partition}:{place.offset}")


def test_an_image_at_fault_is_saved_and_put_back(log: Log, run: Run, tmp_path: Path) -> None:
    place = log.bury("undecodable", IMAGE, Place(0, 0))

    shown = run("show", "champion", place, "--save", str(tmp_path / "image"), "--json")
    [outcome] = run("replay", "champion", place, "--json")

    assert (shown["bytes"], shown["is_reference"], shown["saved_bytes"]) == (5_000, False, 5_000)
    assert shown["headers"] == {"deployment": "digits", "tags": '["night"]'}
    assert (tmp_path / "image").read_bytes() == IMAGE
    record = log.landed(outcome["landed"])
    assert (record.key, record.value, record.headers) == (b"cam/1", IMAGE, HEADERS)


def test_a_reference_is_read_where_it_came_from(log: Log, run: Run, tmp_path: Path) -> None:
    origin = log.land(IMAGE)
    place = log.bury("unknown-deployment", None, origin)

    assert run("show", "champion", place, "--save", str(tmp_path / "image"), "--json")["is_reference"]
    [outcome] = run("replay", "champion", "--all", "--json")

    assert (tmp_path / "image").read_bytes() == IMAGE
    record = log.landed(outcome["landed"])
    assert record.offset == origin.offset + 1
    assert (record.key, record.value, record.headers) == (b"cam/1", IMAGE, HEADERS)


def test_an_image_too_large_for_a_dead_letter_is_read_where_it_came_from(log: Log, run: Run) -> None:
    origin = log.land(IMAGE)
    place = log.bury("undecodable", None, origin, headers=[])

    [outcome] = run("replay", "champion", place, "--json")

    assert log.landed(outcome["landed"]).headers == HEADERS


def test_an_image_of_no_bytes_is_put_back_as_it_was(log: Log, run: Run) -> None:
    place = log.bury("undecodable", b"", Place(0, 0))

    [outcome] = run("replay", "champion", place, "--json")

    assert log.landed(outcome["landed"]).value == b""


def test_a_claim_check_is_fetched_and_put_back(log: Log, run: Run, tmp_path: Path) -> None:
    stored = Store(StoreSettings(store_url=f"file://{tmp_path}/store")).put_image(IMAGE)
    headers = landing_headers(
        deployment="digits",
        uri=stored.uri,
        sha256=hashlib.sha256(IMAGE).hexdigest(),
        content_type="image/bmp",
    )
    place = log.bury("claim-check-missing", None, Place(0, 9), headers=headers)

    run("show", "champion", place, "--save", str(tmp_path / "image"))
    [outcome] = run("replay", "champion", place, "--json")

    assert (tmp_path / "image").read_bytes() == IMAGE
    record = log.landed(outcome["landed"])
    assert not record.value
    assert first_values(record.headers)["uri"] == stored.uri.encode()


@pytest.mark.parametrize("key", [b"cam/1", b"another"])
def test_an_image_that_left_the_log_is_refused(log: Log, run: Run, key: bytes) -> None:
    other = log.land(IMAGE, key=b"of somebody else")
    gone = log.bury("unknown-deployment", None, other, key=key)
    never = log.bury("unknown-deployment", None, Place(1, 999))
    good = log.bury("undecodable", IMAGE, Place(1, 5))

    with pytest.raises(Refused, match="Not every"):
        run("replay", "champion", "--all", "--json")
    with pytest.raises(Refused, match="no longer in the log"):
        run("show", "champion", gone, "--save", "image")
    with pytest.raises(Refused, match="Not every"):
        run("replay", "champion", never)
    assert "landed" in run("replay", "champion", good)


@pytest.mark.parametrize("place", ["17", "a:b", "0:-1", "0:999", "7:0"])
def test_a_place_without_a_dead_letter_is_refused(log: Log, run: Run, place: str) -> None:
    with pytest.raises(Refused):
        run("show", "champion", place)


@pytest.mark.parametrize("slot", ["nowhere", "Champion", "monitor"])
def test_a_slot_without_a_queue_is_refused(log: Log, run: Run, slot: str) -> None:
    with pytest.raises(Refused):
        run("list", slot)


def test_replay_wants_to_know_what(log: Log, run: Run) -> None:
    for arguments in ([], ["0:1", "--all"]):
        assert CliRunner().invoke(app, ["replay", "champion", *arguments]).exit_code == 2
