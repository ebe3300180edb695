"""`umbra rollback`: back to an earlier revision."""

from typing import Annotated

import typer

from umbra.cli.api import DeploymentOption, Json, Reason
from umbra.cli.changes import WAIT_S, Foresee, Timeout, Wait, change

app = typer.Typer(add_completion=False)


@app.command()
def rollback(
    deployment: DeploymentOption = None,
    to: Annotated[int | None, typer.Option(min=1, help="Which revision; else the one before.")] = None,
    immediate: Annotated[
        bool,
        typer.Option(
            "--immediate", help="Begin where the champion is now: its backlog is not judged by this model."
        ),
    ] = False,
    reason: Reason = None,
    wait: Wait = True,
    timeout: Timeout = WAIT_S,
    dry_run: Foresee = False,
    as_json: Json = False,
) -> None:
    """Roll back a deployment."""
    change(
        deployment,
        lambda meant: meant.rollback(to, immediate, reason),
        wait=wait,
        timeout=timeout,
        as_json=as_json,
        dry_run=dry_run,
    )
