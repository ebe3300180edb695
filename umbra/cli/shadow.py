"""`umbra shadow`: who sees the same images."""

from typing import Annotated

import typer

from umbra.cli.api import DeploymentOption, Json, Reason
from umbra.cli.changes import WAIT_S, Foresee, Timeout, Wait, change
from umbra.core.names import SHADOW

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Shadows of a deployment.")

Slot = Annotated[str, typer.Option(help="Which shadow slot.")]


@app.command("set")
def set_(
    model_version: Annotated[str, typer.Argument(help="The ModelVersion that shall see every image.")],
    deployment: DeploymentOption = None,
    slot: Slot = SHADOW,
    reason: Reason = None,
    wait: Wait = True,
    timeout: Timeout = WAIT_S,
    dry_run: Foresee = False,
    as_json: Json = False,
) -> None:
    """Assign a shadow; the champion does not notice."""
    change(
        deployment,
        lambda meant: meant.set_shadow_model(model_version, slot, reason),
        wait=wait,
        timeout=timeout,
        as_json=as_json,
        dry_run=dry_run,
    )


@app.command()
def clear(
    deployment: DeploymentOption = None,
    slot: Slot = SHADOW,
    reason: Reason = None,
    wait: Wait = True,
    timeout: Timeout = WAIT_S,
    dry_run: Foresee = False,
    as_json: Json = False,
) -> None:
    """Let no shadow be in a slot."""
    change(
        deployment,
        lambda meant: meant.clear_shadow(slot, reason),
        wait=wait,
        timeout=timeout,
        as_json=as_json,
        dry_run=dry_run,
    )


@app.command()
def pause(
    deployment: DeploymentOption = None,
    slot: Slot = SHADOW,
    reason: Reason = None,
    wait: Wait = True,
    timeout: Timeout = WAIT_S,
    dry_run: Foresee = False,
    as_json: Json = False,
) -> None:
    """Let a shadow pass every image until it is resumed."""
    change(
        deployment,
        lambda meant: meant.pause_shadow(slot, reason),
        wait=wait,
        timeout=timeout,
        as_json=as_json,
        dry_run=dry_run,
    )


@app.command()
def resume(
    deployment: DeploymentOption = None,
    slot: Slot = SHADOW,
    reason: Reason = None,
    wait: Wait = True,
    timeout: Timeout = WAIT_S,
    dry_run: Foresee = False,
    as_json: Json = False,
) -> None:
    """Let a paused shadow judge again."""
    change(
        deployment,
        lambda meant: meant.resume_shadow(slot, reason),
        wait=wait,
        timeout=timeout,
        as_json=as_json,
        dry_run=dry_run,
    )
