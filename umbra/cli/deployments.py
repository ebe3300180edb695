"""`umbra deployments`: made, listed, shown."""

from collections.abc import Iterable
from typing import Annotated

import typer

from umbra.cli.api import Json, Reason, client
from umbra.cli.changes import WAIT_S, Foresee, Timeout, Wait, by, change, held
from umbra.cli.output import cell, print_json, print_table
from umbra.cli.unmanned import tell_unmanned, unmanned_lines
from umbra.contracts.http.deployment import Deployment, DeploymentSummary
from umbra.contracts.http.revision import RevisionEntry
from umbra.core.names import SHADOW

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Deployments.")


@app.command()
def create(
    id: Annotated[str, typer.Argument(help="Its name; images carry it in their header `deployment`.")],
    champion: Annotated[str, typer.Option(help="The ModelVersion whose predictions count.")],
    shadow: Annotated[
        list[str] | None, typer.Option(help="A ModelVersion, or <slot>=<ModelVersion>; may be repeated.")
    ] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Create a deployment: a champion, and any shadows."""
    with client() as opened:
        first = opened.deployments.create(id, champion, _shadows(shadow or ()), reason=reason)
        if as_json:
            print_json(first)
            return
        typer.echo(f"{id}@{first.revision} is {first.state}: {held(first)}")
        if first.state == "staged":
            typer.echo(f"It is not in force yet; follow it with: umbra deployments show {id}", err=True)
        tell_unmanned(opened, first.slots)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every deployment."""
    with client() as opened:
        found = opened.deployments.list()
    if as_json:
        print_json(found, list[DeploymentSummary])
        return
    print_table(
        ("deployment", "revision", "champion", "shadows", "images/s", "agreement", "trouble"),
        [_row(row) for row in found],
        "No deployment yet. Create one: umbra deployments create ID --champion MODEL@N",
    )


@app.command()
def show(id: Annotated[str, typer.Argument(help="Which deployment.")], as_json: Json = False) -> None:
    """Show what is in force, and what is being prepared."""
    with client() as opened:
        found = opened.deployment(id).show()
    if as_json:
        print_json(found)
        return
    _show(found)


@app.command()
def delete(
    id: Annotated[str, typer.Argument(help="Which deployment.")],
    reason: Reason = None,
    wait: Wait = True,
    timeout: Timeout = WAIT_S,
    dry_run: Foresee = False,
    as_json: Json = False,
) -> None:
    """Delete a deployment: its images are unknown from one exact offset on, its history stays."""
    change(
        id,
        lambda meant: meant.delete(reason),
        wait=wait,
        timeout=timeout,
        as_json=as_json,
        dry_run=dry_run,
    )


def _show(found: Deployment) -> None:
    typer.echo(
        f"{found.id}  {found.task}, revision {found.revision} {found.state} since {found.since:%F %T}Z"
    )
    print_table(
        ("slot", "model version", "since revision", "workers", ""),
        [
            (slot, shown.model_version, shown.since_revision, shown.workers, "paused" if shown.paused else "")
            for slot, shown in found.slots.items()
        ],
        "No slot.",
    )
    unmanned = (slot for slot, shown in found.slots.items() if not (shown.workers or shown.paused))
    for line in unmanned_lines(unmanned):
        typer.echo(line)
    if found.staged is not None:
        waiting = ", ".join(found.staged.waiting_for) or "the relay"
        typer.echo(f"{_named(found.staged)} is staged, waits for {waiting}")
    if found.latest.state == "failed":
        typer.echo(f"{_named(found.latest)} failed, nothing changed: {found.latest.failure}")
    elif found.latest.state == "active":
        typer.echo(f"{_named(found.latest)}: {found.latest.reason or 'no reason given'}")


def _named(entry: RevisionEntry) -> str:
    return f"revision {entry.revision} ({entry.kind}{by(entry)})"


def _row(row: DeploymentSummary) -> tuple[object, ...]:
    agreement = ", ".join(f"{slot} {cell(figure.value)}" for slot, figure in row.agreement.items())
    shadows = ", ".join(f"{slot}={version}" for slot, version in row.shadows.items())
    revision = f"{row.revision} {row.state}"
    return row.id, revision, row.champion, shadows or None, row.images_per_s, agreement or None, row.trouble


def _shadows(given: Iterable[str]) -> dict[str, str]:
    pairs = (text.rpartition("=") for text in given)
    return {slot or SHADOW: model_version for slot, _, model_version in pairs}
