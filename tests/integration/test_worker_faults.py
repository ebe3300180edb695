"""What a worker does when something breaks: nothing is lost, nothing is judged twice."""

import http.server
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from tests.integration.workplace import SCENES, SMALL, Workplace, place, second_long, stop, until
from tests.unit.onnx.graphs import make_detector
from umbra.contracts.headers import first_values
from umbra.kafka.record import Place
from umbra.settings import KafkaSettings
from umbra.worker import flights
from umbra.worker.watchdog import PATIENCE_S

POLL_INTERVAL_S = 10.0
AWAY_S = PATIENCE_S + 5.0
"""Longer than the poll interval, and than the watchdog lets a worker stand still."""


@pytest.fixture
def workplace(kafka: KafkaSettings, tmp_path: Path) -> Iterator[Workplace]:
    with Workplace(kafka, tmp_path) as workplace:
        yield workplace


def test_killed_again_and_again_a_worker_judges_every_image_once(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    with Sending(workplace, images=1000, every_s=0.006) as sending:
        for _ in range(2):
            before, worker = len(workplace.predictions()), workplace.process()
            workplace.judged(before + 1)
            worker.kill()
            worker.wait()
        worker = workplace.process()
        workplace.judged(1000, seconds=180)
    assert stop(worker) == 0
    _each_once(workplace, sending.places)


def test_two_workers_share_the_partitions_and_lose_nothing(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    with Sending(workplace, images=800, every_s=0.008) as sending, workplace.worker(index="0"):
        until(workplace.predictions)
        with workplace.worker(index="1"):
            until(lambda: _partitions(workplace) == [2, 2])
        workplace.judged(800, seconds=180)
    _each_once(workplace, sending.places)


def test_an_image_that_kills_the_process_is_given_up_after_five(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    processes: list[subprocess.Popen[bytes]] = []
    with serving(lambda: processes[-1].kill()) as url:
        places = workplace.send(SCENES[:8])
        killer = ("uri", f"{url}/killer.png".encode()), ("sha256", sha256(b"").hexdigest().encode())
        places += workplace.send([b""], headers=list(killer))
        places += workplace.send(SCENES[8:16])
        prefixes = {"UMBRA_CLAIM_CHECK_PREFIXES": f"{url}/"}
        deadline = time.monotonic() + 120
        while len(workplace.predictions()) < len(places):
            assert time.monotonic() < deadline
            if not processes or processes[-1].poll() is not None:
                processes.append(workplace.process(**prefixes))
            time.sleep(0.1)
    assert stop(processes[-1]) == 0

    _each_once(workplace, places)
    failed = {p.error.code for p in workplace.predictions() if p.error}
    assert failed == {"crashed"}
    assert len([p for p in workplace.predictions() if p.error]) == 1
    assert 5 <= len(processes) <= 7
    assert first_values(workplace.dead_letters()[0].headers)["error-code"] == b"crashed"


def test_a_model_of_a_second_an_image_judges_each_once(workplace: Workplace) -> None:
    detector = make_detector(trap=second_long())
    workplace.activate({"champion": workplace.assignment("slow@1", detector)})
    places = workplace.send(SCENES[:5])
    with workplace.worker():
        predictions = workplace.judged(5, seconds=180)
    _each_once(workplace, places)
    assert {p.status for p in predictions} == {"ok"}
    assert min(p.latency_ms.inference for p in predictions) > 300


def test_while_the_store_is_away_images_wait_and_the_worker_keeps_its_partitions(
    workplace: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    """More batches than may be in flight take longer than the poll interval and the watchdog allow.

    What takes long is fetching; to the group it is as if inference did.
    """
    caplog.set_level("INFO", "umbra.kafka.group")
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    images = workplace.directory / "store" / "images"
    images.mkdir()
    digest = sha256(SCENES[0]).hexdigest()
    (images / digest).write_bytes(SCENES[0])
    headers = [("uri", f"images/{digest}".encode()), ("sha256", digest.encode())]
    with workplace.worker(batch_images=1, poll_interval_s=POLL_INTERVAL_S):
        places = workplace.send([SCENES[1]])
        workplace.judged(1)
        (workplace.directory / "store").rename(workplace.directory / "elsewhere")
        places += workplace.send([b""] * (flights.MOST + 2), headers=headers)
        waits = until(lambda: [s.blocked for s in workplace.statuses().values() if s.blocked])
        assert "is away" in next(iter(waits[0].values()))
        back_at = time.monotonic() + AWAY_S
        until(lambda: time.monotonic() > back_at)
        assert len(workplace.predictions()) == 1
        (workplace.directory / "elsewhere").rename(workplace.directory / "store")
        predictions = workplace.judged(len(places))
        assert _changes(caplog) == ["Partitions assigned."]
    _each_once(workplace, places)
    assert {p.status for p in predictions} == {"ok"}


class Sending:
    """Sends images one by one from a thread, until all are sent."""

    def __init__(self, workplace: Workplace, images: int, every_s: float) -> None:
        self.places: list[Place] = []
        self._workplace = workplace
        self._images = images
        self._every_s = every_s
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Sending":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._thread.join()

    def _run(self) -> None:
        for number in range(self._images):
            self.places += self._workplace.send([SCENES[number % len(SCENES)]], start=number)
            time.sleep(self._every_s)


@contextmanager
def serving(fetched: Callable[[], None]) -> Iterator[str]:
    """A server that calls `fetched` for every request; its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fetched()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _partitions(workplace: Workplace) -> list[int]:
    """How many each live worker has."""
    return sorted(len(status.partitions) for status in workplace.statuses().values())


def _changes(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What became of the worker's partitions."""
    said = (record.getMessage() for record in caplog.records if record.name == "umbra.kafka.group")
    return [sentence for sentence in said if sentence.startswith("Partitions ")]


def _each_once(workplace: Workplace, places: list[Place]) -> None:
    counted = Counter(place(prediction) for prediction in workplace.predictions())
    assert counted == Counter(places)
