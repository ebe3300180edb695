"""The story that `umbra demo` tells: two models compared on live images, one promoted while they flow."""

import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from rich.console import Console as Screen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn

import umbra
from umbra.cli.demo_proof import Expected, Proof, predictions, prove
from umbra.cli.demo_report import show_comparison, show_switch
from umbra.contracts.http.comparison import Comparisons
from umbra.contracts.http.metrics import Metrics
from umbra.core.errors import TimedOut
from umbra.core.names import CHAMPION, SHADOW
from umbra.settings import KafkaSettings

DEPLOYMENT = "digits"
SMALL, LARGE = "digits-small", "digits-large"
_PAIRED_WITHIN_S = 60.0
_WINDOW = "15m"
_NO_CUES: Mapping[float, Callable[[], None]] = {}


class Digits(NamedTuple):
    """The example: two detectors, and 200 scenes of handwritten digits."""

    small: Path
    large: Path
    scenes: list[Path]


class Story:
    """The demo, step by step.

    Args:
        rounds: half of them before the promotion is asked for, the other half while it happens.
    """

    def __init__(
        self, screen: Screen, client: umbra.Client, kafka: KafkaSettings, digits: Digits, rounds: int
    ) -> None:
        self._screen = screen
        self._client = client
        self._kafka = kafka
        self._digits = digits
        self._name = _free_name(row.id for row in client.deployments.list())
        self._deployment = client.deployment(self._name)
        self._rounds = rounds

    def tell(self) -> dict[str, Any]:
        """Every figure that was shown; `holds` says whether the topics bear the promotion out."""
        self._assign()
        sent = self._stream(range(self._rounds // 2), "streaming 200 scenes")
        comparison = self._compare(sent)
        cues = {0.25: self._promote, 0.75: self._await_promotion}
        sent += self._stream(range(self._rounds // 2, self._rounds), "streaming on", cues)
        proofs = self._prove(sent)
        return {
            "images": sent,
            **comparison,
            "promotion": asdict(self._promotion),
            "switch": [proof.as_json() for proof in proofs],
            "holds": all(proof.holds for proof in proofs),
        }

    def _assign(self) -> None:
        small = self._client.models.add(self._digits.small, name=SMALL)
        large = self._client.models.add(self._digits.large, name=LARGE)
        self._champion, self._shadow = small.id, large.id
        self._client.deployments.create(self._name, champion=small.id, shadows={SHADOW: large.id})
        self._screen.print(f"deployment [b]{self._name}[/b]: champion {small.id}, shadow {large.id}")

    def _stream(self, rounds: range, title: str, cues: Mapping[float, Callable[[], None]] = _NO_CUES) -> int:
        """Send every scene in each round; how many images.

        Args:
            cues: share of the images that is sent before → what is done then.
        """
        images = list(itertools.product(rounds, self._digits.scenes))
        due = {int(share * len(images)): cue for share, cue in cues.items()}
        with _progress(self._screen) as progress:
            bar = progress.add_task(title, total=len(images))
            for number, (round_, scene) in enumerate(images):
                if cue := due.get(number):
                    cue()
                self._deployment.send(scene.read_bytes(), image_id=f"{round_}/{scene.name}")
                progress.advance(bar)
        return len(images)

    def _compare(self, sent: int) -> dict[str, Any]:
        _wait(lambda: self._paired() >= sent, f"{sent} pairs")
        metrics, pairs = (
            self._deployment.metrics(window=_WINDOW),
            self._deployment.comparisons(window=_WINDOW),
        )
        workers = [worker for worker in self._client.workers() if worker.live]
        show_comparison(self._screen, metrics, pairs, workers)
        return {
            "providers": {worker.worker: worker.providers for worker in workers},
            "metrics": TypeAdapter(Metrics).dump_python(metrics, mode="json", by_alias=True),
            "comparisons": TypeAdapter(Comparisons).dump_python(pairs, mode="json", by_alias=True),
        }

    def _paired(self) -> int:
        return sum(pair.complete for pair in self._deployment.comparisons(window=_WINDOW).pairs)

    def _promote(self) -> None:
        self._promotion = self._deployment.promote(reason="The demo: it agrees, and sees more.")
        self._screen.print(f"promoting {self._shadow} while images flow …")

    def _await_promotion(self) -> None:
        """Images flowed while it was prepared; some are to follow, however slow this machine is."""
        self._promotion = self._deployment.wait_active(self._promotion.revision)

    def _prove(self, sent: int) -> list[Proof]:
        _wait(lambda: self._paired() >= sent, f"{sent} pairs")
        expected = {
            CHAMPION: Expected(self._champion, self._shadow),
            SHADOW: Expected(self._shadow, self._champion),
        }
        proofs = [
            prove(predictions(self._kafka, self._name, slot), slot, self._promotion.starts, who, sent)
            for slot, who in expected.items()
        ]
        show_switch(self._screen, self._promotion, proofs)
        return proofs


def _free_name(taken: Iterable[str]) -> str:
    """`digits`, else the first of `digits-2`, `digits-3`, … that is no deployment yet."""
    there = set(taken)
    names = itertools.chain([DEPLOYMENT], (f"{DEPLOYMENT}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in there)


def _progress(screen: Screen) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn()
    return Progress(*columns, console=screen)


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PAIRED_WITHIN_S
    while not done():
        if time.monotonic() > deadline:
            raise TimedOut(f"No {what} within {_PAIRED_WITHIN_S:g} s; look at the log of the stack.")
        time.sleep(0.1)
