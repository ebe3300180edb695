"""`umbra log`: what was ever changed about a deployment, by whom, why, and what came of it."""

from typing import Annotated

import typer

from umbra.cli.api import DeploymentOption, Json, chosen, client
from umbra.cli.changes import held
from umbra.cli.output import print_json, print_table
from umbra.contracts.http.revision import RevisionEntry

app = typer.Typer(add_completion=False)


@app.command()
def log(
    deployment: DeploymentOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The newest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Tell the story of a deployment: every revision, newest first, failed ones too."""
    with client() as opened:
        entries = chosen(opened, deployment).revisions()[:limit]
    if as_json:
        print_json(entries, list[RevisionEntry])
        return
    print_table(
        ("revision", "change", "state", "slots", "asked at", "by", "took", "why"),
        [_row(entry) for entry in entries],
        "Nothing was ever changed.",
    )


def _row(entry: RevisionEntry) -> tuple[object, ...]:
    return (
        entry.revision,
        f"{entry.kind}, immediate" if entry.immediate else entry.kind,
        entry.state,
        held(entry),
        f"{entry.requested_at:%F %T}Z",
        entry.requested_by,
        _took(entry),
        "; ".join(part for part in (entry.reason, entry.failure) if part) or None,
    )


def _took(entry: RevisionEntry) -> str | None:
    """Seconds from the request to each step."""
    steps = [f"{step.step} {(step.at - entry.requested_at).total_seconds():.1f} s" for step in entry.steps]
    return ", ".join(steps) or None
