"""Kafka or PostgreSQL away for 20 s, and a broker that died of a full disk: what was accepted is judged
once and compared, what was not is told so."""

import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.chaos import fell_with_kafka
from tests.e2e.exits import Exits, report
from tests.e2e.system import System, descendants, until
from tests.report import Tell
from umbra.client.errors import UmbraApiError
from umbra.contracts.prediction import prediction_decoder
from umbra.core.errors import Retryable
from umbra.postgres.connection import connect

DIGITS = Path("examples/digits/scenes")
OUTAGE_S = 20.0


@pytest.fixture(scope="module", autouse=True)
def _deployment(system: System) -> None:
    champion = system.client.models.add(DIGITS / "det_champion.onnx", name="digits-small")
    shadow = system.client.models.add(DIGITS / "det_shadow.onnx", name="digits-large")
    created = system.client.deployments.create("digits", champion=champion.id, shadows={"shadow": shadow.id})
    system.client.deployment("digits").wait_active(created.revision)


@contextmanager
def frozen(system: System, name: str) -> Iterator[None]:
    """A process and its children that accept connections and never answer."""
    leader = system.endpoints()["processes"][name][0]
    family = [leader, *descendants(leader)]  # PostgreSQL's children are not in its process group
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def nobody_ends(system: System, tell: Tell, but: str = "") -> Iterator[None]:
    """No process ends meanwhile, except `but`, and workers for want of Kafka: their producer needs it."""
    with Exits(system.log) as exits:
        try:
            yield
        finally:
            tell(f"Ended by themselves:\n{report(exits.seen)}")
    ended = [exit for exit in exits.seen if exit.name != but and not fell_with_kafka(exit)]
    assert not ended, report(ended)


@dataclass
class Sent:
    """Images by what ingest answered.

    Attributes:
        refused: answers that said so.
    """

    accepted: set[str] = field(default_factory=set)
    refused: int = 0


def send(system: System, scenes: list[Path], run: str, seconds: float) -> Sent:
    """Send scenes for a while, one by one."""
    sent = Sent()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        number = len(sent.accepted) + sent.refused  # one that was refused may have landed: a new id
        image_id = f"{run}-{number}"
        try:
            raw = scenes[number % len(scenes)].read_bytes()
            system.client.deployment("digits").send(raw, image_id=image_id)
        except (UmbraApiError, Retryable):
            sent.refused += 1
            time.sleep(0.2)
        else:
            sent.accepted.add(image_id)
        time.sleep(0.02)
    return sent


def send_again(system: System, scenes: list[Path], run: str) -> Sent:
    """Send scenes once they are accepted again."""
    until(lambda: send(system, scenes, f"{run}-tried", 0.1).accepted, 120, why=system.tail)
    return send(system, scenes, run, 2)


def judged(system: System, slot: str, run: str) -> Counter[str]:
    """How often each image of a run was judged."""
    records = system.records(system.kafka.topics.predictions(slot))
    ids = (prediction_decoder.decode(record.value).image_id for record in records)
    return Counter(image_id for image_id in ids if image_id.startswith(f"{run}-"))


def compared(system: System, run: str) -> int:
    """Pairs of a run in PostgreSQL."""
    with closing(connect(system.postgres, "test")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM umbra.comparison WHERE image_id LIKE %s", (f"{run}-%",)
        ).fetchone()
    return row[0] if row else 0


def assert_each_judged_once(system: System, run: str, accepted: set[str]) -> None:
    """Every accepted image has one prediction a slot and one comparison.

    One that was refused may have landed all the same (its answer was lost): it then is judged once, too.
    """
    for slot in ("champion", "shadow"):
        until(lambda slot=slot: accepted <= judged(system, slot, run).keys(), 180, why=system.tail)  # type: ignore[misc]
        assert set(judged(system, slot, run).values()) <= {1}
    until(lambda: compared(system, run) == len(judged(system, "champion", run)), 180, why=system.tail)


def test_kafka_away_for_a_while_loses_nothing_that_was_accepted_and_ends_no_service(
    system: System, scenes: list[Path], tell: Tell
) -> None:
    with nobody_ends(system, tell):
        before = send(system, scenes, "kafka-before", 2)
        with frozen(system, "kafka"):
            meanwhile = send(system, scenes, "kafka-away", OUTAGE_S)
        after = send_again(system, scenes, "kafka-after")

        assert before.accepted
        assert meanwhile.refused
        assert after.accepted
        for run, sent in (("kafka-before", before), ("kafka-after", after), ("kafka-away", meanwhile)):
            assert_each_judged_once(system, run, sent.accepted)


def test_postgres_away_for_a_while_ends_no_service(system: System, scenes: list[Path], tell: Tell) -> None:
    with nobody_ends(system, tell):
        with frozen(system, "postgres"):
            sent = send(system, scenes, "db-away", OUTAGE_S)
            until(lambda: sent.accepted <= judged(system, "champion", "db-away").keys(), why=system.tail)
            with pytest.raises((UmbraApiError, Retryable)):
                system.client.deployment("digits").show()

        assert len(sent.accepted) > 50
        assert_each_judged_once(system, "db-away", sent.accepted)
        until(lambda: system.client.deployment("digits").show().state == "active", why=system.tail)


@pytest.mark.skipif(sys.platform != "linux", reason="limits another process by prlimit")
def test_a_broker_that_died_of_a_full_disk_comes_back_without_loss(
    system: System, scenes: list[Path], tell: Tell
) -> None:
    before = system.endpoints()["processes"]["kafka"]
    resource.prlimit(before[0], resource.RLIMIT_FSIZE, (200_000, 200_000))  # its next write of a log fails

    with nobody_ends(system, tell, but="kafka"):
        full = send(system, scenes, "disk-full", 10)
        until(lambda: system.endpoints()["processes"]["kafka"] not in (before, []), 60, why=system.tail)
        freed = send_again(system, scenes, "disk-freed")

        assert freed.accepted
        assert_each_judged_once(system, "disk-freed", freed.accepted)
        assert_each_judged_once(system, "disk-full", full.accepted)
