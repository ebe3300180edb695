"""`umbra send`: files, folders and globs, onto the images topic."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from umbra.cli.exit_codes import ExitCode, code_of
from umbra.cli.image_files import IdFrom, find, repeated
from umbra.cli.output import print_json
from umbra.cli.senders import Said, Sender, SendSettings, http_sender, kafka_sender
from umbra.cli.sending import Pace, Report, Sending
from umbra.core.names import check_slug

app = typer.Typer(add_completion=False)

_SHOWN_REFUSALS = 20


@app.command()
def send(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or globs in quotes.")],
    deployment: Annotated[str, typer.Option("--deployment", "-d", help="Whose models judge them.")],
    rate: Annotated[
        float | None, typer.Option(min=0.001, help="Images a second; else as fast as it goes.")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="How often each file is sent.")] = 1,
    id_from: Annotated[IdFrom, typer.Option(help="What the image id is made of.")] = "name",
    source: Annotated[str | None, typer.Option(help="The camera they come from.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag of every image; may be repeated.")] = None,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="Straight to Kafka instead of through ingest.")
    ] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds an outage may last before it gives up.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Send images to be judged."""
    said = Said(check_slug("deployment", deployment), source, tag or [])
    files = find(paths)
    total = len(files) * repeat
    with _sender(kafka, said) as sender, _progress(total, shown=not as_json) as advance:
        sending = Sending(sender, Pace(rate, wait), advance)
        try:
            sending.run(repeated(files, id_from, repeat))
        except KeyboardInterrupt:
            _show(sending.report, total, as_json)
            raise typer.Exit(ExitCode.INTERRUPTED) from None
    _show(sending.report, total, as_json)
    raise typer.Exit(_exit_code(sending.report))


def _sender(kafka: bool, said: Said) -> AbstractContextManager[Sender]:
    settings = SendSettings.load()
    return kafka_sender(settings, said) if kafka else http_sender(settings, said)


@contextmanager
def _progress(total: int, shown: bool) -> Iterator[Callable[[], None]]:
    console = Console(stderr=True)
    columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as progress:
        bar = progress.add_task("sending", total=total)
        yield lambda: progress.advance(bar)


def _show(report: Report, total: int, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
        return
    for path, reason in report.refused[:_SHOWN_REFUSALS]:
        typer.echo(f"refused {path}: {reason}", err=True)
    if (hidden := len(report.refused) - _SHOWN_REFUSALS) > 0:
        typer.echo(f"refused {hidden} more; --json lists them all.", err=True)
    if report.ended_by is not None:
        typer.echo(f"umbra: stopped early: {report.ended_by}", err=True)
    typer.echo(
        f"sent {report.sent} of {total} images, {report.bytes / 1e6:.1f} MB, in {report.seconds:.1f} s "
        f"({report.images_per_s:.0f} images/s); refused {len(report.refused)}"
    )


def _exit_code(report: Report) -> ExitCode:
    if report.ended_by is not None:
        return code_of(report.ended_by)
    return ExitCode.REFUSED if report.refused else ExitCode.DONE
