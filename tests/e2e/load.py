"""Images sent through a running system, and the proof of what became of them."""

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.system import System
from tests.recount import recount
from tests.tables import stored
from umbra.contracts.landing import landing_headers
from umbra.contracts.prediction import Prediction, prediction_decoder
from umbra.kafka.producer import Producer
from umbra.kafka.record import Place
from umbra.postgres.connection import connect

DIGITS = Path("examples/digits/scenes")
SLOWER = 10


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
    def seconds(self) -> float:
        """How long it takes to send."""
        return self.images / self.rate


def deploy(system: System) -> None:
    """The digits deployment with its shadow, in force."""
    champion = system.client.models.add(DIGITS / "det_champion.onnx", name="digits-small")
    shadow = system.client.models.add(DIGITS / "det_shadow.onnx", name="digits-large")
    created = system.client.deployments.create("digits", champion=champion.id, shadows={"shadow": shadow.id})
    system.client.deployment("digits").wait_active(created.revision)


def send(system: System, scenes: list[Path], numbers: Iterable[int]) -> "list[Future[Place]]":
    """Produce one of the scenes for each number, when it comes; their places to be."""
    bytes_of = [scene.read_bytes() for scene in scenes]
    headers = landing_headers(deployment="digits")
    topic = system.kafka.topics.images
    with Producer(system.kafka, timeout_s=60) as producer:
        sent = [
            producer.send(topic, value=raw, key=b"img%d" % number, headers=headers)
            for number, raw in zip(numbers, itertools.cycle(bytes_of), strict=False)
        ]
        producer.flush(60)
    return sent


def paced(
    load: Load, at_half: Callable[[], None], is_behind: Callable[[int], bool] = lambda _: False
) -> Iterator[int]:
    """0, 1, 2 … at the load's rate.

    Args:
        at_half: called in the middle.
        is_behind: whether, at a number, something is that the images are to wait for: then only one image in
            `SLOWER` comes, beyond the load's number too.
    """
    due = time.monotonic()
    for number in itertools.count():
        waits = is_behind(number)
        if number >= load.images and not waits:
            return
        due += (SLOWER if waits else 1) / load.rate
        time.sleep(max(0.0, due - time.monotonic()))
        if number == load.images // 2:
            at_half()
        yield number


def proven(system: System, landed: set[Place], within_s: float = 0.0) -> None:
    """As an operator would: `umbra verify-stream`, from the topics and PostgreSQL.

    Args:
        within_s: all that landed must be judged and paired by then.
    """
    command = [sys.executable, "-m", "umbra.cli", "verify-stream", "--json", "--wait", f"{within_s:g}"]
    servers = {
        "UMBRA_KAFKA_BOOTSTRAP": system.kafka.kafka_bootstrap,
        "UMBRA_POSTGRES_DSN": system.postgres.postgres_dsn.get_secret_value(),
    }
    done = subprocess.run(
        command, env=os.environ | servers, capture_output=True, text=True, timeout=600 + within_s, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}{done.stderr[-4000:]}"
    assert json.loads(done.stdout)["images"] == len(landed), "The log does not hold all that landed."


def predictions(system: System, slot: str) -> Iterator[Prediction]:
    """What a read-committed consumer finds on a slot's topic."""
    for record in system.records(system.kafka.topics.predictions(slot)):
        yield prediction_decoder.decode(record.value)


def tables_equal_a_recount(system: System) -> None:
    """Hold PostgreSQL against the topics."""
    wanted = recount([*predictions(system, "champion"), *predictions(system, "shadow")])
    with closing(connect(system.postgres, "test")) as connection:
        differences = stored(connection).differences(wanted)
    assert not differences, "\n".join(map(str, differences[:20]))
