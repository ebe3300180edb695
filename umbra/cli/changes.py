"""What the commands that change a deployment share: follow the revision, say what came of it."""

from typing import Annotated

import typer

from umbra.cli.output import print_json, print_table
from umbra.client import Deployment
from umbra.contracts.http.revision import RevisionEntry

Wait = Annotated[bool, typer.Option(help="Wait until the revision is active.")]
Timeout = Annotated[float, typer.Option(min=0, help="Seconds to wait; then exit code 5.")]
WAIT_S = 90.0


def follow(
    deployment: Deployment, staged: RevisionEntry, *, wait: bool, timeout: float, as_json: bool
) -> None:
    """Show a revision, after waiting for it when that is wanted.

    Raises:
        RevisionFailed, TimedOut: it did not come to be in force.
    """
    entry = deployment.wait_active(staged.revision, timeout) if wait else staged
    if as_json:
        print_json(entry)
        return
    held = ", ".join(f"{slot} {held.model_version}" for slot, held in entry.slots.items())
    typer.echo(f"{deployment.id}@{entry.revision} ({entry.kind}) is {entry.state}: {held}")
    if entry.starts:
        print_table(("partition", "begins at offset"), sorted(entry.starts.items()), "")
