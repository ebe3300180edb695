"""`umbra verify-stream`: the proof, from the topics alone, that every image was judged as it had to be."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from umbra.cli.exit_codes import ExitCode
from umbra.cli.output import print_json
from umbra.cli.verify_report import print_proof
from umbra.core.errors import Refused
from umbra.settings import KafkaSettings, LandingSettings, MonitorSettings, PostgresSettings
from umbra.verify.proof import Proof
from umbra.verify.stream import Advance, Asked, Stream

if TYPE_CHECKING:
    from umbra.verify.database import Database

app = typer.Typer(add_completion=False)


class Settings(KafkaSettings, LandingSettings, PostgresSettings, MonitorSettings):
    """Which Kafka, whose images name no deployment, and what PostgreSQL keeps."""

    @property
    def names_postgres(self) -> bool:
        """Whether a database is given, instead of just the default."""
        return "postgres_dsn" in self.model_fields_set


@app.command()
def verify_stream(
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait until what has landed by now is judged and paired.")
    ] = 0.0,
    postgres: Annotated[
        bool | None,
        typer.Option(
            "--postgres/--no-postgres",
            help="Hold its pairs against the topics too; by default if UMBRA_POSTGRES_DSN is set.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Prove from the topics that every image was judged exactly once, by the revision of its place.

    It only reads, so it may run on a live system. Ends with 0 when nothing speaks against it, with 1 when
    something does, with 3 when it cannot read, with 5 when --wait was not long enough.
    """
    settings = Settings.load()
    with_postgres = settings.names_postgres if postgres is None else postgres
    began = datetime.now(UTC)
    with ExitStack() as stack:
        database = stack.enter_context(_database(settings)) if with_postgres else None
        advance = stack.enter_context(_progress(shown=not as_json))
        proof = Stream(_asked(settings, wait), database, advance).prove()
    seconds = (datetime.now(UTC) - began).total_seconds()
    if as_json:
        print_json(proof.as_json() | {"seconds": round(seconds, 3)})
    else:
        print_proof(proof, seconds)
    if code := _exit_code(proof):
        raise typer.Exit(code)


def _asked(settings: Settings, wait_s: float) -> Asked:
    today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
    kept_since = today - timedelta(days=settings.predictions_retention_days - 1)
    return Asked(settings, settings.default_deployment, wait_s, kept_since)


@contextmanager
def _database(settings: PostgresSettings) -> "Iterator[Database]":
    try:
        from umbra.postgres.connection import connect
        from umbra.verify.database import Database
    except ModuleNotFoundError as err:
        raise Refused(
            f"To look into PostgreSQL the package {err.name} is needed: pip install 'umbra[local]', or leave "
            "it out with --no-postgres."
        ) from err
    with connect(settings, "umbra-verify", default_transaction_read_only="on") as connection:
        yield Database(connection)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Advance]:
    """A bar on standard error, for a person who looks on."""
    console = Console(stderr=True)
    columns = TextColumn("reading"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(
        *columns, console=console, transient=True, disable=not (shown and console.is_terminal)
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda behind, in_all: bar.update(task, completed=behind, total=in_all)


def _exit_code(proof: Proof) -> ExitCode:
    if not proof.holds:
        return ExitCode.FAILED
    return ExitCode.TIMED_OUT if proof.timed_out else ExitCode.DONE
