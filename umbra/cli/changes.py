"""What the commands that change a deployment share: ask for it, follow the revision, say what came of it."""

from collections.abc import Callable
from typing import Annotated

import typer

from umbra.cli.api import chosen, client
from umbra.cli.output import print_json, print_table
from umbra.client import Deployment
from umbra.contracts.http.revision import RevisionEntry
from umbra.core.tokens import ANONYMOUS

Wait = Annotated[bool, typer.Option(help="Wait until the revision is active.")]
Timeout = Annotated[float, typer.Option(min=0, help="Seconds to wait; then exit code 5.")]
WAIT_S = 90.0


def change(
    deployment: str | None,
    ask: Callable[[Deployment], RevisionEntry],
    *,
    wait: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Change a deployment and show the revision, after waiting for it when that is wanted.

    Args:
        deployment: None: the only one.
        ask: asks for the change; the revision it made.

    Raises:
        Refused: it is not said which deployment.
        RevisionFailed, TimedOut: the revision did not come to be in force.
    """
    with client() as opened:
        meant = chosen(opened, deployment)
        entry = ask(meant)
        if wait:
            entry = meant.wait_active(entry.revision, timeout)
    if as_json:
        print_json(entry)
        return
    typer.echo(f"{meant.id}@{entry.revision} ({entry.kind}{by(entry)}) is {entry.state}: {held(entry)}")
    if entry.starts:
        print_table(("partition", "begins at offset"), sorted(entry.starts.items()), "")


def by(entry: RevisionEntry) -> str:
    """Who asked for it, as `, by ana`; empty where nobody is asked who they are."""
    return "" if entry.requested_by == ANONYMOUS else f", by {entry.requested_by}"


def held(entry: RevisionEntry) -> str:
    """Which ModelVersion is in which slot, on one line."""
    return ", ".join(f"{slot} {assigned.model_version}" for slot, assigned in entry.slots.items())
