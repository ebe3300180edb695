"""Kill anything at any time: the counts still equal a batch recount of the topics."""

import itertools
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.chaos import Chaos, unexplained
from tests.e2e.exits import KILLED, Exit, Exits, report
from tests.e2e.system import System, until
from tests.recount import recount
from tests.report import Tell
from tests.tables import stored
from umbra.contracts.landing import landing_headers
from umbra.contracts.prediction import Prediction, prediction_decoder
from umbra.core.errors import Retryable
from umbra.kafka.producer import Producer
from umbra.kafka.record import Place
from umbra.postgres.connection import connect

DIGITS = Path("examples/digits/scenes")
SLOTS = ("champion", "shadow")
VICTIMS = ("champion_worker", "shadow_worker", "monitor")
KILL_EVERY_S = 3.0


@dataclass(frozen=True)
class Load:
    """What is sent, and how fast.

    Attributes:
        rate: images a second; slow enough that kills hit while images flow.
    """

    images: int
    rate: float
    caught_up_within_s: float

    @property
    def least_kills(self) -> int:
        """Half of what fits into the time it takes to send: a victim may still be coming back."""
        return int(self.images / self.rate / KILL_EVERY_S / 2)


@pytest.mark.timeout(900)
def test_three_thousand_images_survive_kills_of_everything(
    system: System, scenes: list[Path], tell: Tell
) -> None:
    survives(system, scenes, Load(3_000, 200, caught_up_within_s=600), tell)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_images_survive_kills_of_everything(
    system: System, scenes: list[Path], tell: Tell
) -> None:
    survives(system, scenes, Load(100_000, 250, caught_up_within_s=600), tell)


def survives(system: System, scenes: list[Path], load: Load, tell: Tell) -> None:
    """Send images through kills of workers and monitor and a restart of the broker; then recount."""
    deploy(system)
    with Exits(system.log) as exits:
        with Chaos(system, VICTIMS, KILL_EVERY_S, seed=1) as chaos:
            sent = send(system, scenes, load, at_half=chaos.restart_broker)
        landed = {future.result(60) for future in sent}
        until(
            lambda: paired(system) >= len(landed),
            load.caught_up_within_s,
            every=1.0,
            why=lambda: f"{paired(system):,} of {len(landed):,} are paired. {system.tail()}",
        )

    account(exits.seen, chaos, load, tell)
    proven(system, landed)
    recounted(system, landed)


def account(exits: list[Exit], chaos: Chaos, load: Load, tell: Tell) -> None:
    """Tell of every exit, and hold each against what was killed."""
    killed = Counter(exit.name for exit in exits if exit.how == KILLED)
    others = [exit for exit in exits if exit.how != KILLED]
    tell(f"{load.images:,} images, killed: {dict(killed)}. Ended by themselves:\n{report(others)}")
    without_cause = unexplained(exits, chaos.kills)
    assert not without_cause, f"Nothing the test did accounts for:\n{report(without_cause)}"
    assert killed.keys() == {*VICTIMS, "kafka"}
    assert killed.total() >= load.least_kills


def proven(system: System, landed: set[Place]) -> None:
    """As an operator would: `umbra verify-stream`, from the topics and PostgreSQL."""
    command = [sys.executable, "-m", "umbra.cli", "verify-stream", "--json"]
    servers = {
        "UMBRA_KAFKA_BOOTSTRAP": system.kafka.kafka_bootstrap,
        "UMBRA_POSTGRES_DSN": system.postgres.postgres_dsn.get_secret_value(),
    }
    done = subprocess.run(
        command, env=os.environ | servers, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}{done.stderr[-4000:]}"
    assert json.loads(done.stdout)["images"] == len(landed)


def recounted(system: System, landed: set[Place]) -> None:
    """Hold the topics against what landed, and PostgreSQL against the topics."""
    judged = {slot: list(predictions(system, slot)) for slot in SLOTS}
    for slot in SLOTS:
        places = Counter(Place(p.image.partition, p.image.offset) for p in judged[slot])
        assert not landed - places.keys(), f"{slot}: images without a prediction"
        assert not places.keys() - landed, f"{slot}: predictions of no image"
        assert set(places.values()) == {1}, f"{slot}: images with several predictions"
    wanted = recount([*judged["champion"], *judged["shadow"]])
    with closing(connect(system.postgres, "test")) as connection:
        assert stored(connection).differences(wanted) == []


def deploy(system: System) -> None:
    """The digits deployment with its shadow, in force."""
    champion = system.client.models.add(DIGITS / "det_champion.onnx", name="digits-small")
    shadow = system.client.models.add(DIGITS / "det_shadow.onnx", name="digits-large")
    created = system.client.deployments.create("digits", champion=champion.id, shadows={"shadow": shadow.id})
    system.client.deployment("digits").wait_active(created.revision)


def send(
    system: System, scenes: list[Path], load: Load, at_half: Callable[[], None]
) -> "list[Future[Place]]":
    """Produce the scenes again and again at the load's rate; their places to be."""
    bytes_of = [scene.read_bytes() for scene in scenes]
    headers = landing_headers(deployment="digits", content_type="image/png")
    topic = system.kafka.topics.images
    sent = []
    with Producer(system.kafka, timeout_s=60) as producer:
        for number, raw in zip(paced(load), itertools.cycle(bytes_of), strict=False):
            if number == load.images // 2:
                at_half()
            sent.append(producer.send(topic, value=raw, key=b"img%d" % number, headers=headers))
        producer.flush(60)
    return sent


def paced(load: Load) -> Iterator[int]:
    """0, 1, 2 … at the load's rate."""
    began = time.monotonic()
    for number in range(load.images):
        time.sleep(max(0.0, began + number / load.rate - time.monotonic()))
        yield number


def paired(system: System) -> int:
    """Complete pairs in PostgreSQL; 0 when it is too busy to say."""
    with suppress(Retryable), closing(connect(system.postgres, "test")) as connection:
        row = connection.execute(b"SELECT count(*) FROM umbra.comparison").fetchone()
        return row[0] if row else 0
    return 0


def predictions(system: System, slot: str) -> Iterator[Prediction]:
    """What a read-committed consumer finds on a slot's topic."""
    for record in system.records(system.kafka.topics.predictions(slot)):
        yield prediction_decoder.decode(record.value)
