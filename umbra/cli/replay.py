"""`umbra replay`: a ModelVersion over images that are still in the log."""

import time
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn

from umbra.cli.api import DeploymentOption, Json, Reason, chosen, client
from umbra.cli.evaluation import show_verdicts, with_interval
from umbra.cli.output import print_json, print_table
from umbra.client import Deployment
from umbra.contracts.http.comparison import PairFigures
from umbra.contracts.http.replay import ReplayEntry

app = typer.Typer(add_completion=False)

_COUNTED_S = 10.0
_LOOK_EVERY_S = 0.5

Id = Annotated[str, typer.Argument(help="Of the replay, as `umbra replay list` shows it.")]


@app.callback(invoke_without_command=True)
def replay(
    ctx: typer.Context,
    deployment: DeploymentOption = None,
    model: Annotated[str | None, typer.Option(help="The ModelVersion that judges the images.")] = None,
    since: Annotated[str, typer.Option(help="How far back: 24h, 7d; or an RFC 3339 time.")] = "24h",
    rate: Annotated[float | None, typer.Option(min=0.001, help="Most images a second.")] = None,
    max_: Annotated[bool, typer.Option("--max", help="As fast as it can, whatever others need.")] = False,
    reason: Reason = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is done, and compare.")] = True,
    as_json: Json = False,
) -> None:
    """Let a ModelVersion judge images that landed before, and compare it with the champion."""
    if ctx.invoked_subcommand is not None:
        return
    if model is None:
        raise typer.BadParameter("Name the ModelVersion that is to judge the images with --model.")
    if max_ and rate is not None:
        raise typer.BadParameter("--rate and --max exclude each other.")
    with client() as opened:
        meant = chosen(opened, deployment)
        entry = meant.replays.begin(model, since, rate=rate, max=max_, reason=reason)
        if not as_json:
            typer.echo(f"Replay {entry.id}: {entry.model_version} over {entry.offsets:,} offsets.")
        if wait:
            entry = _waited_for(meant, entry, quiet=as_json)
        if as_json:
            print_json(entry)
        elif wait:
            _compare(meant, entry)
        else:
            typer.echo(f"It goes on by itself: umbra replay show {entry.id} -d {meant.id}")


@app.command("list")
def list_(deployment: DeploymentOption = None, as_json: Json = False) -> None:
    """List the replays of a deployment, newest first."""
    with client() as opened:
        found = chosen(opened, deployment).replays.list()
    if as_json:
        print_json(found, list[ReplayEntry])
        return
    print_table(
        ("replay", "model", "state", "since", "done", "images", "failed", "images/s at most", "by", "reason"),
        [
            (
                entry.id,
                entry.model_version,
                entry.state,
                f"{entry.since:%F %T}Z",
                _percent(entry),
                entry.images,
                entry.failed,
                entry.rate,
                entry.requested_by,
                entry.failure or entry.reason,
            )
            for entry in found
        ],
        "No replay yet. Begin one: umbra replay --model <model>@<n> --since 24h",
    )


@app.command()
def show(id: Id, deployment: DeploymentOption = None, as_json: Json = False) -> None:
    """Show how far a replay is, and how it compares so far."""
    with client() as opened:
        meant = chosen(opened, deployment)
        entry = meant.replays.show(id)
        if as_json:
            print_json(entry)
            return
        _compare(meant, entry)


@app.command()
def cancel(id: Id, deployment: DeploymentOption = None, as_json: Json = False) -> None:
    """End a replay that is under way; what it has judged stays."""
    with client() as opened:
        entry = chosen(opened, deployment).replays.cancel(id)
    if as_json:
        print_json(entry)
    else:
        typer.echo(f"Replay {entry.id} is {entry.state}; {entry.images:,} images were judged.")


def _waited_for(deployment: Deployment, entry: ReplayEntry, *, quiet: bool) -> ReplayEntry:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rest]}"))
    with Progress(*columns, disable=quiet) as progress:
        task = progress.add_task("replaying", total=entry.offsets, rest="")

        def told(now: ReplayEntry) -> None:
            progress.update(task, completed=now.offsets_done, rest=_rest(now))

        done = deployment.replays.wait(entry.id, told=told)
    return _counted(deployment, done)


def _counted(deployment: Deployment, entry: ReplayEntry) -> ReplayEntry:
    """Once the monitor has counted what was judged last: when nothing is missing, or nothing more comes."""
    deadline = time.monotonic() + _COUNTED_S
    while any(pair.orphans for pair in _pairs(deployment, entry)) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
    return deployment.replays.show(entry.id)


def _pairs(deployment: Deployment, entry: ReplayEntry) -> list[PairFigures]:
    return deployment.comparisons(entry.window, slot=entry.slot).pairs


def _compare(deployment: Deployment, entry: ReplayEntry) -> None:
    typer.echo(f"Replay {entry.id} of {entry.model_version} is {entry.state}: {_rest(entry)}")
    print_table(
        ("champion", "pairs", "missing", "failed", "agreement", "matched IoU", "flips an image", "contested"),
        [
            (
                pair.champion,
                pair.complete,
                pair.waiting + pair.orphans,
                pair.failed,
                pair.agreement,
                pair.matched_iou,
                pair.flips_per_image,
                pair.contested_per_image,
            )
            for pair in _pairs(deployment, entry)
        ],
        "Nothing is compared yet.",
    )
    _evaluate(deployment, entry)


def _evaluate(deployment: Deployment, entry: ReplayEntry) -> None:
    found = deployment.evaluation(entry.window, entry.slot)
    if not found.reviewed:
        return
    judged = {version.model_version: version for version in found.versions}
    print_table(
        (f"{found.reviewed:,} reviewed images", "AP", "AR", "accuracy", "mIoU"),
        [
            (name, *(with_interval(value) for value in (of.ap, of.ar, of.accuracy, of.miou)))
            for name, of in judged.items()
        ],
        "",
    )
    show_verdicts(found.differences)


def _percent(entry: ReplayEntry) -> str:
    return f"{100 * entry.offsets_done // entry.offsets}%" if entry.offsets else "100%"


def _rest(entry: ReplayEntry) -> str:
    said = [_percent(entry), f"{entry.images:,} images"]
    said += _under_way(entry) if entry.state == "open" else []
    return ", ".join([*said, *([entry.failure] if entry.failure else [])])


def _under_way(entry: ReplayEntry) -> Iterable[str]:
    if entry.waiting_for:
        yield f"waits for {'; '.join(entry.waiting_for)}"
    elif entry.eta_s is not None:
        yield f"{entry.eta_s:,.0f} s left"
