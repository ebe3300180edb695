"""Replays: a ModelVersion over images that are still in the log."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.api import replaying
from services.api.adapters import Db, Everything, Name
from services.api.changes import Asking, assignment
from services.api.problems import not_found
from services.api.replaying import Wanted
from services.http.gates import needs
from services.http.problem import Problem
from umbra.contracts.http.replay import ReplayEntry, Replays
from umbra.core.role import Role
from umbra.postgres import replays, revisions
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.replays import Noted

router = APIRouter(prefix="/v1/deployments/{deployment}/replays", tags=["replays"])


class ReplayRequest(BaseModel):
    """Which ModelVersion judges which images again, and how fast."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model_version: str
    since: Annotated[str, Field(description="How far back: 24h, 7d; or an RFC 3339 time.")] = "24h"
    rate: Annotated[float | None, Field(gt=0, allow_inf_nan=False, description="Most images a second.")] = (
        None
    )
    max: Annotated[bool, Field(description="As fast as it can, whatever the live workers need.")] = False
    reason: str | None = None


@router.post(
    "",
    status_code=202,
    dependencies=[needs(Role.OPERATOR)],
    summary="Let a ModelVersion judge the images still in the log, beside what the champion said of them",
)
def begin(deployment: Name, body: ReplayRequest, db: Db, everything: Everything, by: Asking) -> ReplayEntry:
    _known(db, deployment)
    if body.max and body.rate is not None:
        raise Problem(422, "invalid-request", "`rate` and `max` exclude each other.", "Leave one out.")
    wanted = Wanted(
        deployment,
        assignment(db, body.model_version),
        replaying.since(body.since, datetime.now(UTC)),
        body.rate,
        not body.max,
        by,
        body.reason,
    )
    replay = replaying.begin(db, everything.settings, wanted)
    return _entry(db, _found(db, deployment, replay.id))


@router.get("", dependencies=[needs(Role.VIEWER)], summary="Its replays, newest first")
def list_replays(deployment: Name, db: Db) -> Replays:
    _known(db, deployment)
    return Replays(replaying.entries(db, replays.of_deployment(db, deployment)), datetime.now(UTC))


@router.get("/{replay}", dependencies=[needs(Role.VIEWER)], summary="One replay: how far it is")
def get_replay(deployment: Name, replay: Name, db: Db) -> ReplayEntry:
    return _entry(db, _found(db, deployment, replay))


@router.delete(
    "/{replay}",
    status_code=202,
    dependencies=[needs(Role.OPERATOR)],
    summary="Cancel a replay that is under way; what it has judged stays",
)
def cancel(deployment: Name, replay: Name, db: Db) -> ReplayEntry:
    noted = _found(db, deployment, replay)
    with transaction(db):
        cancelled = replays.settle(db, noted.replay.settle("cancelled"))
    if not cancelled:
        raise Problem(
            409,
            "illegal-transition",
            f"Replay {replay} is {noted.replay.state}.",
            "There is nothing to cancel.",
        )
    return _entry(db, _found(db, deployment, replay))


def _known(db: Connection, deployment: str) -> None:
    if not revisions.standing(db, deployment):
        raise not_found("deployment", deployment)


def _found(db: Connection, deployment: str, id: str) -> Noted:
    noted = replays.find(db, deployment, id)
    if noted is None:
        raise not_found("replay", id, f"`umbra replay list -d {deployment}` shows those there are.")
    return noted


def _entry(db: Connection, noted: Noted) -> ReplayEntry:
    return replaying.entries(db, [noted])[0]
