"""`umbra demo`: the whole story in a minute, on the digits example."""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from pydantic_core import to_json
from rich.console import Console as Screen

import umbra
from umbra.cli.demo_story import Digits, Story
from umbra.cli.exit_codes import ExitCode
from umbra.cli.termination import Terminated, raise_on_sigterm
from umbra.core.errors import Refused, UmbraError
from umbra.settings import ClientSettings, KafkaSettings

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave it running at the end, until Ctrl-C.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file, too.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=2, help="How often the 200 scenes are sent.")] = 6,
    running: Annotated[
        bool,
        typer.Option(
            "--running", help="Start nothing: use what UMBRA_API_URL, _INGEST_URL and _KAFKA_BOOTSTRAP name."
        ),
    ] = False,
    examples: Annotated[
        Path | None, typer.Option(help="The directory examples/digits, when there is no checkout around.")
    ] = None,
) -> None:
    """Start everything, compare two models on 200 labelled scenes, promote one while images flow."""
    if running and keep:
        raise Refused("What runs already is left running: --keep has no meaning with --running.")
    raise_on_sigterm()
    digits = _digits(examples or Path(umbra.__file__).parent.parent / "examples/digits")
    try:
        figures = _tell(digits, rounds, json_file, running=running, keep=keep)
    except Terminated:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    if not figures["holds"]:
        raise UmbraError("The topics contradict the promotion; see above.")


def _tell(
    digits: Digits, rounds: int, json_file: Path | None, *, running: bool, keep: bool
) -> dict[str, Any]:
    """Tell the story, of a system that runs or of one that ends with it; its figures."""
    screen = Screen()
    with ExitStack() as entered:
        found = _found() if running else entered.enter_context(_started(screen))
        token = ClientSettings.load().shown_token
        client = entered.enter_context(umbra.Client(found.api, ingest_url=found.ingest, token=token))
        figures = Story(screen, client, found.kafka, digits, rounds).tell()
        if json_file is not None:
            json_file.write_bytes(to_json(figures, indent=2))
        if not running:
            screen.print(_addresses(found))
        if keep:
            screen.print("It keeps running; Ctrl-C stops it.")
            threading.Event().wait()
    return figures


class Found(NamedTuple):
    """Where a running system is."""

    api: str
    ingest: str
    kafka: KafkaSettings


def _digits(examples: Path) -> Digits:
    scenes = sorted((examples / "scenes/val").glob("[0-9][0-9][0-9][0-9].png"))
    if not scenes:
        raise Refused(f"The demo's images are not at {examples}: run it from a checkout, or use --examples.")
    return Digits(examples / "scenes/det_champion.onnx", examples / "scenes/det_shadow.onnx", scenes)


def _found() -> Found:
    client = ClientSettings.load()
    return Found(client.api_url, client.ingest_url, KafkaSettings.load())


@contextmanager
def _started(screen: Screen) -> Iterator[Found]:
    """A whole system that lives as long as the context."""
    # Named here: a client of a running system has no Kafka, Java or PostgreSQL packages.
    from umbra.local.console import Console
    from umbra.local.stack import Options, Stack

    began = time.monotonic()
    screen.print("starting Kafka, PostgreSQL, workers, monitor, API and ingest …")
    with _temporary_directory() as directory, (Path(directory) / "demo.log").open("w") as log:
        try:
            with Stack(Options(Path(directory)), Console(log)) as stack:
                screen.print(f"ready after {time.monotonic() - began:.1f} s")
                at = stack.endpoints()
                yield Found(at.api, at.ingest, KafkaSettings(kafka_bootstrap=at.kafka))
        except UmbraError:
            sys.stderr.writelines(Path(log.name).read_text().splitlines(keepends=True)[-30:])
            raise


@contextmanager
def _temporary_directory() -> Iterator[str]:
    # The processes of the stack are gone by then, but for a moment their files may not be.
    with tempfile.TemporaryDirectory(prefix="umbra-demo-", ignore_cleanup_errors=True) as directory:
        yield directory


def _addresses(found: Found) -> str:
    return f"\nAPI     {found.api}/docs\ningest  {found.ingest}/docs\nKafka   {found.kafka.kafka_bootstrap}"
