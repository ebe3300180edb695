"""`umbra promote`: the shadow becomes the champion."""

from typing import Annotated

import typer

from umbra.cli.api import DeploymentOption, Json, Reason
from umbra.cli.changes import WAIT_S, Foresee, Timeout, Wait, change
from umbra.core.revision import Demote

app = typer.Typer(add_completion=False)


@app.command()
def promote(
    deployment: DeploymentOption = None,
    slot: Annotated[str | None, typer.Option(help="Of the shadow; may be left out if there is one.")] = None,
    demote: Annotated[
        Demote, typer.Option(help="The old champion becomes the shadow, or leaves.")
    ] = "shadow",
    reason: Reason = None,
    wait: Wait = True,
    timeout: Timeout = WAIT_S,
    dry_run: Foresee = False,
    as_json: Json = False,
) -> None:
    """Promote a shadow, at one exact offset in each partition."""
    change(
        deployment,
        lambda meant: meant.promote(slot, demote, reason),
        wait=wait,
        timeout=timeout,
        as_json=as_json,
        dry_run=dry_run,
    )
