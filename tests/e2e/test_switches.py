"""The switch under fire: random changes while images flow and everything is killed; then the proof."""

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from tests.e2e.chaos import Chaos, unexplained
from tests.e2e.exits import KILLED, Exit, Exits, report
from tests.e2e.load import Load, deploy, paced, predictions, proven, send, tables_equal_a_recount
from tests.e2e.system import System, running
from tests.report import Tell
from umbra.client import Deployment
from umbra.contracts.headers import first_values
from umbra.contracts.http.revision import RevisionEntry
from umbra.contracts.marker import marked_revision
from umbra.contracts.prediction import Prediction
from umbra.core.errors import IllegalTransition, Refused, Retryable
from umbra.core.names import CHAMPION
from umbra.kafka.read import read_topic
from umbra.kafka.record import Place, Record

VICTIMS = ("champion_worker", "shadow_worker", "monitor", "api")
SETTLED_WITHIN_S = 150.0
RELAY_KILL_EVERY_S = 4.0
SHARE = 0.7
"""Of the images that are meant for a switch; after these they come slower until it has come."""
AMID = 0.8
"""Of the switches: at the others the champion happened to have judged all there was."""
STEPS = ("markers", "active", "committed")
"""Of the relay's transaction: it is killed right after each of them."""


@dataclass(frozen=True)
class Storm:
    """
    Attributes:
        switches: revisions that come into force, spread over the images.
        kills: of each victim, one victim every `kill_every_s` seconds.
    """

    load: Load
    switches: int
    kills: int
    kill_every_s: float


@pytest.fixture
def pauses(tmp_path: Path) -> Path:
    """Where files stop the relay."""
    directory = tmp_path / "pauses"
    directory.mkdir()
    return directory


@pytest.fixture
def system(tmp_path: Path, pauses: Path) -> Iterator[System]:
    with running(tmp_path, environ={"UMBRA_RELAY_PAUSE_DIR": str(pauses)}) as system:
        yield system


@pytest.mark.timeout(1500)
def test_sixty_switches_among_twenty_thousand_images(
    system: System, scenes: list[Path], pauses: Path, tell: Tell
) -> None:
    load = Load(20_000, 500, caught_up_within_s=600)
    survives(system, scenes, pauses, Storm(load, switches=60, kills=2, kill_every_s=3), tell)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_thousand_switches_among_five_hundred_thousand_images(
    system: System, scenes: list[Path], pauses: Path, tmp_path: Path, tell: Tell
) -> None:
    scenes = [as_jpeg(scene, tmp_path) for scene in scenes]
    load = Load(500_000, 300, caught_up_within_s=1800)
    survives(system, scenes, pauses, Storm(load, switches=1000, kills=25, kill_every_s=12), tell)


def as_jpeg(scene: Path, directory: Path) -> Path:
    """The same picture in a fifth of the bytes: of so many PNGs a local stack keeps only the last 10 GB."""
    smaller, pixels = directory / f"{scene.stem}.jpg", cv2.imread(str(scene))
    assert pixels is not None
    assert cv2.imwrite(str(smaller), pixels)
    return smaller


def survives(system: System, scenes: list[Path], pauses: Path, storm: Storm, tell: Tell) -> None:
    """Send images through switches and kills; then prove it."""
    deploy(system)
    chaos = Chaos(system, VICTIMS, storm.kill_every_s, seed=2, rounds=storm.kills)
    operator = Operator(system, storm)
    killer = RelayKiller(pauses, chaos)
    with Exits(system.log) as exits:
        with chaos, killer, operator:
            sent = send(system, scenes, paced(storm.load, chaos.restart_broker, operator.is_behind))
            operator.finish(storm.load.caught_up_within_s)
        landed = {future.result(60) for future in sent}
        proven(system, landed, storm.load.caught_up_within_s)
    account(operator, exits.seen, chaos, killer, tell)
    recounted(system, landed)


def account(operator: "Operator", exits: list[Exit], chaos: Chaos, killer: "RelayKiller", tell: Tell) -> None:
    """Tell what happened, and see that it was what was meant to."""
    killed = Counter(exit.name for exit in exits if exit.how == KILLED)
    switches, amid = operator.switches, operator.amid()
    failed = Counter(entry.failure for entry in operator.failed)
    tell(
        f"{len(switches)} switches, {len(amid)} of them with unjudged images on both sides; "
        f"{Counter(entry.kind for entry in switches)}; failed: {dict(failed)}; killed: {dict(killed)}, the "
        f"relay at {', '.join(killer.killed_at)}. Ended by themselves:\n"
        f"{report([exit for exit in exits if exit.how != KILLED])}"
    )
    without_cause = unexplained(exits, chaos.kills)
    assert not without_cause, f"Nothing the test did accounts for:\n{report(without_cause)}"
    assert len(amid) >= len(switches) * AMID
    assert killer.killed_at == list(STEPS)
    assert all(killed[name] >= (chaos.rounds or 0) for name in VICTIMS)


def recounted(system: System, landed: set[Place]) -> None:
    """Beside that proof: hold the topics against what landed, and PostgreSQL against the topics."""
    judged = Counter(Place(p.image.partition, p.image.offset) for p in predictions(system, CHAMPION))
    assert judged == Counter(landed), "Not every image was judged once."
    tables_equal_a_recount(system)


class Operator:
    """Changes the deployment at random, one change after the other, on a thread.

    Attributes:
        switches, failed: what became of the changes.
    """

    def __init__(self, system: System, storm: Storm) -> None:
        self.switches: list[RevisionEntry] = []
        self.failed: list[RevisionEntry] = []
        self._system = system
        self._storm = storm
        self._digits = system.client.deployment("digits")
        self._random = random.Random(3)
        self._trouble: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="operator")
        self._counted = (0, 0)

    def __enter__(self) -> "Operator":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def is_behind(self, number: int) -> bool:
        """Whether the images that are meant for one switch have come, and the switch has not."""
        done, since = self._counted
        if len(self.switches) > done:
            self._counted = done, since = len(self.switches), number
        left = self._storm.switches - done
        return self._runs() and number - since > SHARE * (self._storm.load.images - since) / left

    def finish(self, within_s: float) -> None:
        """Wait until as many as wanted came into force."""
        self._thread.join(within_s)
        assert self._trouble is None, repr(self._trouble)
        assert not self._thread.is_alive(), f"Only {len(self.switches)} switches within {within_s:g} s more."

    def _runs(self) -> bool:
        return len(self.switches) < self._storm.switches and self._trouble is None

    def amid(self) -> list[RevisionEntry]:
        """The switches at whose moment images stood unjudged before them, and images came behind them."""
        moments = {(r.partition, r.offset): r.timestamp_ms for r in self._markers()}
        judged = defaultdict[int, list[Prediction]](list)
        for prediction in predictions(self._system, CHAMPION):
            judged[prediction.image.partition].append(prediction)

        def is_amid(entry: RevisionEntry) -> bool:
            starts = [(judged[partition], (partition, start)) for partition, start in entry.starts.items()]
            behind = any(p.image.offset >= place[1] for said, place in starts for p in said)
            before = entry.immediate or any(
                p.image.offset < place[1] and p.predicted_at.timestamp() * 1000 > moments[place]
                for said, place in starts
                for p in said
            )
            return before and behind

        return [entry for entry in self.switches if is_amid(entry)]

    def _markers(self) -> Iterator[Record]:
        records = read_topic(self._system.kafka, self._system.kafka.topics.images)
        return (record for record in records if marked_revision(first_values(record.headers)))

    def _run(self) -> None:
        try:
            while self._runs() and not self._stop.is_set():
                self._change()
        except BaseException as err:
            self._trouble = err

    def _change(self) -> None:
        ask = self._random.choice(CHANGES)
        try:
            entry = ask(self._digits)
        except (IllegalTransition, Refused):
            return  # it is so already, or the change before is still open
        except Retryable:
            time.sleep(0.2)  # the API was killed
            return
        self._follow(entry.revision)

    def _follow(self, revision: int) -> None:
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while not self._stop.is_set():
            with suppress(Retryable):
                entry = self._digits.revision(revision)
                if entry.state != "staged":
                    (self.switches if entry.state == "active" else self.failed).append(entry)
                    return
            assert time.monotonic() < deadline, f"Revision {revision} is open after {SETTLED_WITHIN_S:g} s."
            time.sleep(0.1)


CHANGES: tuple[Callable[[Deployment], RevisionEntry], ...] = (
    lambda digits: digits.promote(),
    lambda digits: digits.promote(demote="retire"),
    lambda digits: digits.rollback(),
    lambda digits: digits.rollback(immediate=True),
    lambda digits: digits.set_shadow_model("digits-small@1"),
    lambda digits: digits.set_shadow_model("digits-large@1"),
    lambda digits: digits.clear_shadow(),
    lambda digits: digits.pause_shadow(),
    lambda digits: digits.resume_shadow(),
)


class RelayKiller:
    """Kills the API when its relay stands at a step of its transaction, once at each.

    Attributes:
        killed_at: the steps.
    """

    def __init__(self, pauses: Path, chaos: Chaos) -> None:
        self.killed_at: list[str] = []
        self._pauses = pauses
        self._chaos = chaos
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay-killer")

    def __enter__(self) -> "RelayKiller":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        for step in STEPS:
            if self._stop.wait(RELAY_KILL_EVERY_S):
                return
            told, reached = self._pauses / step, self._pauses / f"{step}.reached"
            told.touch()
            while not reached.exists():
                if self._stop.wait(0.02):
                    return
            while not self._chaos.kill("api"):
                time.sleep(0.05)
            told.unlink()
            reached.unlink(missing_ok=True)
            self.killed_at.append(step)
