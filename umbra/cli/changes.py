"""What the commands that change a deployment share: ask for it, follow the revision, say what came of it."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from umbra.cli.api import chosen, client
from umbra.cli.output import print_json, print_table
from umbra.cli.unmanned import tell_unmanned
from umbra.client.changes import Changes
from umbra.contracts.http.revision import DryRun, Held, RevisionEntry
from umbra.core.tokens import ANONYMOUS

Wait = Annotated[bool, typer.Option(help="Wait until the revision is active.")]
Timeout = Annotated[float, typer.Option(min=0, help="Seconds to wait; then exit code 5.")]
WAIT_S = 90.0
Foresee = Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it.")]


def change(
    deployment: str | None,
    ask: Callable[[Changes[Any]], Any],
    *,
    wait: bool,
    timeout: float,
    as_json: bool,
    dry_run: bool = False,
) -> None:
    """Change a deployment and show the revision, after waiting for it when that is wanted.

    Args:
        deployment: None: the only one.
        ask: asks for the change; the revision it made.
        dry_run: only show what it would be.

    Raises:
        Refused: it is not said which deployment.
        RevisionFailed, TimedOut: the revision did not come to be in force.
    """
    with client() as opened:
        meant = chosen(opened, deployment)
        if dry_run:
            _show_dry_run(meant.id, ask(meant.dry_run), as_json)
            return
        entry: RevisionEntry = ask(meant)
        if wait:
            entry = meant.wait_active(entry.revision, timeout)
        if as_json:
            print_json(entry)
            return
        typer.echo(f"{meant.id}@{entry.revision} ({entry.kind}{by(entry)}) is {entry.state}: {held(entry)}")
        if entry.starts:
            print_table(("partition", "begins at offset"), sorted(entry.starts.items()), "")
        tell_unmanned(opened, entry.slots)


def _show_dry_run(deployment: str, foreseen: DryRun, as_json: bool) -> None:
    if as_json:
        print_json(foreseen)
        return
    typer.echo(f"{deployment}@{foreseen.would_be} ({foreseen.kind}) would be: {held(foreseen)}")
    for blocker in foreseen.blockers:
        typer.echo(f"Not now: {blocker}")
    print_table(
        ("worker", "slot", "would load", "took last, ms"),
        [(load.worker, load.slot, load.loads, load.last_load_ms) for load in foreseen.waits_for],
        "Every live worker has what it needs.",
    )


def by(entry: RevisionEntry) -> str:
    """Who asked for it, as `, by ana`; empty where nobody is asked who they are."""
    return "" if entry.requested_by == ANONYMOUS else f", by {entry.requested_by}"


def held(entry: RevisionEntry | DryRun) -> str:
    """Which ModelVersion is in which slot, on one line."""
    return ", ".join(map(_assigned, entry.slots.items())) or "no slot"


def _assigned(held: tuple[str, Held]) -> str:
    slot, assigned = held
    return f"{slot} {assigned.model_version}{' (paused)' if assigned.paused else ''}"
