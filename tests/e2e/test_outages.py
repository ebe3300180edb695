"""Kafka or PostgreSQL away for 20 s, and a broker that died of a full disk: what was accepted is judged
once and compared, what was not is told so."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.system import System, until
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
    family = with_children(system.endpoints()["processes"][name][0])
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


def with_children(parent: int) -> list[int]:
    """A process and its children; PostgreSQL's are not in its process group."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True, text=True)
    pairs = (map(int, line.split()) for line in listed.stdout.splitlines())
    return [parent, *(pid for pid, ppid in pairs if ppid == parent)]


def send(system: System, scenes: list[Path], run: str, seconds: float) -> set[str]:
    """Send scenes for a while; the ids that were accepted."""
    accepted: set[str] = set()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        number = len(accepted)
        image_id = f"{run}-{number}"
        try:
            raw = scenes[number % len(scenes)].read_bytes()
            system.client.deployment("digits").send(raw, image_id=image_id)
        except (UmbraApiError, Retryable):
            time.sleep(0.2)
        else:
            accepted.add(image_id)
        time.sleep(0.02)
    return accepted


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
        until(lambda slot=slot: accepted <= judged(system, slot, run).keys(), 90, why=system.tail)  # type: ignore[misc]
        assert set(judged(system, slot, run).values()) == {1}
    landed = len(judged(system, "champion", run))
    until(lambda: compared(system, run) == landed, 90, why=system.tail)


def test_kafka_away_for_a_while_loses_nothing_that_was_accepted(system: System, scenes: list[Path]) -> None:
    before = send(system, scenes, "kafka-before", 2)
    with frozen(system, "kafka"):
        meanwhile = send(system, scenes, "kafka-away", OUTAGE_S)
    after = until(lambda: send(system, scenes, "kafka-after", 2), 60, why=system.tail)

    for run, accepted in (("kafka-before", before), ("kafka-away", meanwhile), ("kafka-after", after)):
        if accepted:
            assert_each_judged_once(system, run, accepted)


def test_postgres_away_for_a_while_stops_no_worker(system: System, scenes: list[Path]) -> None:
    with frozen(system, "postgres"):
        accepted = send(system, scenes, "postgres-away", OUTAGE_S)
        until(lambda: accepted <= judged(system, "champion", "postgres-away").keys(), why=system.tail)
        with pytest.raises((UmbraApiError, Retryable)):
            system.client.deployment("digits").show()

    assert len(accepted) > 50
    assert_each_judged_once(system, "postgres-away", accepted)
    until(lambda: system.client.deployment("digits").show().state == "active", why=system.tail)


@pytest.mark.skipif(sys.platform != "linux", reason="limits another process by prlimit")
def test_a_broker_that_died_of_a_full_disk_comes_back_without_loss(
    system: System, scenes: list[Path]
) -> None:
    before = system.endpoints()["processes"]["kafka"]
    resource.prlimit(before[0], resource.RLIMIT_FSIZE, (200_000, 200_000))  # its next write of a log fails

    accepted = send(system, scenes, "disk-full", 10)
    until(lambda: system.endpoints()["processes"]["kafka"] not in (before, []), 60, why=system.tail)
    accepted |= until(lambda: send(system, scenes, "disk-freed", 2), 60, why=system.tail)

    for run in ("disk-full", "disk-freed"):
        mine = {image_id for image_id in accepted if image_id.startswith(run)}
        if mine:
            assert_each_judged_once(system, run, mine)
