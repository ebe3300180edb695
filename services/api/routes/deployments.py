"""Deployments: made, listed, shown."""

import time
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from services.api.adapters import Adapters, Db, Everything, Name, connected
from services.api.changes import Asking, Changer, assignment
from services.api.entries import revision_entry
from services.api.problems import not_found
from services.api.standing import deployment_entry
from services.api.summary import deployment_summary
from services.http.gates import needs
from services.http.problem import Problem
from umbra.contracts.http.deployment import Deployment, Deployments
from umbra.contracts.http.revision import DryRun, RevisionEntry
from umbra.control.stage import stage
from umbra.core.change import Create, Delete, Request, is_deleted
from umbra.core.errors import Retryable
from umbra.core.role import Role
from umbra.core.window import window
from umbra.postgres import metrics, revisions, workers

router = APIRouter(prefix="/v1/deployments", tags=["deployments"])

_LOOK_EVERY_S = 0.05


class DeploymentRequest(BaseModel):
    """A name, a champion, and any shadows: slot to ModelVersion."""

    model_config = ConfigDict(extra="forbid")

    id: str
    champion: str
    shadows: dict[str, str] = {}
    reason: str | None = None


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Role.OPERATOR)],
    summary="Create a deployment",
    responses={202: {"model": RevisionEntry, "description": "Still staged after 10 s, or Kafka is away."}},
)
def create(body: DeploymentRequest, everything: Everything, by: Asking, response: Response) -> RevisionEntry:
    """201 once it is in force, 202 when that takes longer than 10 s, 422 when it failed."""
    staged = _accepted(body, by, everything)
    entry = _settled(staged, everything)
    if entry.state == "failed":
        raise Problem(
            422, "model-refused", entry.failure or "It failed.", "Correct it, then create it again."
        )
    response.status_code = 201 if entry.state == "active" else 202
    response.headers["Location"] = f"/v1/deployments/{body.id}"
    response.headers["ETag"] = f'"{entry.revision}"'
    return entry


@router.get("", dependencies=[needs(Role.VIEWER)], summary="Every deployment")
def list_deployments(
    db: Db, length: Annotated[str, Query(alias="summary", description="How far back figures go.")] = "5m"
) -> Deployments:
    now = datetime.now(UTC)
    asked = window(now, length)
    seen, counted = workers.select(db), metrics.summary(db, asked)
    grouped = groupby(revisions.newest(db), key=lambda noted: noted.revision.deployment)
    standing = ((id, list(newest)) for id, newest in grouped)
    items = [
        deployment_summary(newest, seen, [row for row in counted if row.deployment == id], asked)
        for id, newest in standing
        if not is_deleted([noted.revision for noted in newest])
    ]
    return Deployments(items, now)


@router.get(
    "/{deployment}",
    dependencies=[needs(Role.VIEWER)],
    summary="One deployment; its ETag is the revision in force",
)
def get_deployment(deployment: Name, db: Db, response: Response) -> Deployment:
    history = revisions.history(db, deployment)
    if not history or is_deleted([noted.revision for noted in history]):
        raise not_found("deployment", deployment, "`umbra deployments list` shows those there are.")
    shown = deployment_entry(history, workers.select(db))
    response.headers["ETag"] = f'"{shown.revision}"'
    return shown


@router.delete(
    "/{deployment}",
    status_code=202,
    dependencies=[needs(Role.OPERATOR)],
    summary="Delete a deployment: its images are unknown from one exact offset on, its history stays",
)
def delete(
    deployment: Name, changing: Changer, reason: Annotated[str | None, Query()] = None
) -> RevisionEntry | DryRun:
    return changing.to(deployment, Delete(), reason=reason)


def _accepted(body: DeploymentRequest, by: str, everything: Adapters) -> RevisionEntry:
    with connected(everything) as db:
        champion = assignment(db, body.champion)
        shadows = {slot: assignment(db, model_version) for slot, model_version in body.shadows.items()}
        change = Create(champion, shadows)
        request = Request(body.id, change, at=datetime.now(UTC), by=by, reason=body.reason)
        return revision_entry(stage(db, request))


def _settled(entry: RevisionEntry, everything: Adapters) -> RevisionEntry:
    """The revision once it is settled, or as it is after `create_wait_s`."""
    deadline = time.monotonic() + everything.create_wait_s
    while entry.state == "staged" and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
        try:
            with connected(everything) as db:
                noted = revisions.find(db, entry.deployment, entry.revision)
        except Retryable:
            # It was accepted; that PostgreSQL has gone since is no reason to say otherwise.
            return entry
        entry = revision_entry(*noted) if noted else entry
    return entry
