"""`umbra demo`: the whole story in a minute, on the digits example."""

import itertools
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from pydantic_core import to_json
from rich.console import Console as Screen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn

import umbra
from umbra.cli.demo_proof import Expected, Proof, predictions, prove
from umbra.cli.demo_report import show_comparison, show_switch
from umbra.contracts.http.comparison import Comparisons
from umbra.contracts.http.metrics import Metrics
from umbra.core.errors import Refused, TimedOut, UmbraError
from umbra.core.names import CHAMPION, SHADOW
from umbra.local.console import Console
from umbra.local.stack import Options, Stack
from umbra.settings import KafkaSettings

app = typer.Typer(add_completion=False)

DEPLOYMENT = "digits"
SMALL, LARGE = "digits-small", "digits-large"
_PAIRED_WITHIN_S = 60.0
_WINDOW = "15m"


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave it running at the end, until Ctrl-C.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file, too.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=2, help="How often the 200 scenes are sent.")] = 6,
) -> None:
    """Start everything, compare two models on 200 labelled scenes, promote one while images flow."""
    screen = Screen()
    scenes = _scenes()
    with ExitStack() as entered:
        data_dir = Path(entered.enter_context(_temporary_directory()))
        stack = entered.enter_context(_started(screen, data_dir))
        found = stack.endpoints()
        client = entered.enter_context(umbra.Client(found.api, ingest_url=found.ingest))
        figures = Story(screen, client, KafkaSettings(kafka_bootstrap=found.kafka), scenes, rounds).tell()
        if json_file is not None:
            json_file.write_bytes(to_json(figures, indent=2))
        _show_addresses(screen, stack)
        if keep:
            screen.print("It keeps running; Ctrl-C stops it.")
            threading.Event().wait()
    if not figures["holds"]:
        raise UmbraError("The topics contradict the promotion; see above.")


class Story:
    """The demo, step by step.

    Args:
        rounds: half of them before the promotion is asked for, the other half while it happens.
    """

    def __init__(
        self, screen: Screen, client: umbra.Client, kafka: KafkaSettings, scenes: list[Path], rounds: int
    ) -> None:
        self._screen = screen
        self._client = client
        self._kafka = kafka
        self._digits = client.deployment(DEPLOYMENT)
        self._scenes = scenes
        self._rounds = rounds

    def tell(self) -> dict[str, Any]:
        """Every figure that was shown; `holds` says whether the topics bear the promotion out."""
        self._assign()
        sent = self._stream(range(self._rounds // 2), "streaming 200 scenes")
        comparison = self._compare(sent)
        sent += self._stream(range(self._rounds // 2, self._rounds), "streaming on", at_half=self._promote)
        proofs = self._prove(sent)
        return {
            "images": sent,
            **comparison,
            "promotion": asdict(self._promotion),
            "switch": [asdict(proof) for proof in proofs],
            "holds": all(proof.holds for proof in proofs),
        }

    def _assign(self) -> None:
        examples = _examples()
        small = self._client.models.add(examples / "scenes/det_champion.onnx", name=SMALL)
        large = self._client.models.add(examples / "scenes/det_shadow.onnx", name=LARGE)
        self._champion, self._shadow = small.id, large.id
        self._client.deployments.create(DEPLOYMENT, champion=small.id, shadows={SHADOW: large.id})
        self._screen.print(f"deployment [b]{DEPLOYMENT}[/b]: champion {small.id}, shadow {large.id}")

    def _stream(self, rounds: range, title: str, at_half: Callable[[], None] = lambda: None) -> int:
        images = list(itertools.product(rounds, self._scenes))
        with _progress(self._screen) as progress:
            bar = progress.add_task(title, total=len(images))
            for number, (round_, scene) in enumerate(images):
                if number == len(images) // 2:
                    at_half()
                self._digits.send(scene.read_bytes(), image_id=f"{round_}/{scene.name}")
                progress.advance(bar)
        return len(images)

    def _compare(self, sent: int) -> dict[str, Any]:
        _wait(lambda: self._paired() >= sent, f"{sent} pairs")
        metrics, pairs = self._digits.metrics(window=_WINDOW), self._digits.comparisons(window=_WINDOW)
        show_comparison(self._screen, metrics, pairs)
        return {
            "metrics": TypeAdapter(Metrics).dump_python(metrics, mode="json", by_alias=True),
            "comparisons": TypeAdapter(Comparisons).dump_python(pairs, mode="json", by_alias=True),
        }

    def _paired(self) -> int:
        return sum(pair.complete for pair in self._digits.comparisons(window=_WINDOW).pairs)

    def _promote(self) -> None:
        self._promotion = self._digits.promote(reason="The demo: it agrees, and sees more.")
        self._screen.print(f"promoting {self._shadow} while images flow …")

    def _prove(self, sent: int) -> list[Proof]:
        self._promotion = self._digits.wait_active(self._promotion.revision)
        _wait(lambda: self._paired() >= sent, f"{sent} pairs")
        expected = {
            CHAMPION: Expected(self._champion, self._shadow),
            SHADOW: Expected(self._shadow, self._champion),
        }
        proofs = [
            prove(predictions(self._kafka, slot), slot, self._promotion.starts, who, sent)
            for slot, who in expected.items()
        ]
        show_switch(self._screen, self._promotion, proofs)
        return proofs


def _examples() -> Path:
    return Path(umbra.__file__).parent.parent / "examples/digits"


def _scenes() -> list[Path]:
    found = sorted((_examples() / "scenes/val").glob("[0-9][0-9][0-9][0-9].png"))
    if not found:
        raise Refused(
            f"The demo's images are not at {_examples()}: run it from a checkout of the repository."
        )
    return found


@contextmanager
def _temporary_directory() -> Iterator[str]:
    # The processes of the stack are gone by then, but for a moment their files may not be.
    with tempfile.TemporaryDirectory(prefix="umbra-demo-", ignore_cleanup_errors=True) as directory:
        yield directory


@contextmanager
def _started(screen: Screen, data_dir: Path) -> Iterator[Stack]:
    log = data_dir / "demo.log"
    began = time.monotonic()
    with log.open("w") as file:
        screen.print("starting Kafka, PostgreSQL, workers, monitor, API and ingest …")
        try:
            with Stack(Options(data_dir), Console(file)) as stack:
                screen.print(f"ready after {time.monotonic() - began:.1f} s")
                yield stack
        except UmbraError:
            sys.stderr.writelines(log.read_text().splitlines(keepends=True)[-30:])
            raise


def _progress(screen: Screen) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn()
    return Progress(*columns, console=screen)


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PAIRED_WITHIN_S
    while not done():
        if time.monotonic() > deadline:
            raise TimedOut(f"No {what} within {_PAIRED_WITHIN_S:g} s; look at the log of the stack.")
        time.sleep(0.1)


def _show_addresses(screen: Screen, stack: Stack) -> None:
    found = stack.endpoints()
    screen.print(f"\nAPI     {found.api}/docs\ningest  {found.ingest}/docs\nKafka   {found.kafka}")
