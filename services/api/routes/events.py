"""What changes, as it changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from services.api.adapters import Db, Everything, Name
from services.api.events.response import EventStream
from services.api.problems import not_found
from services.http.gates import needs
from umbra.contracts.http.event import EVENT_STREAM
from umbra.core.role import Role
from umbra.postgres import revisions

router = APIRouter(prefix="/v1", tags=["events"], dependencies=[needs(Role.VIEWER)])

LastEventId = Annotated[str | None, Header(description="The `id` heard last: go on behind it.")]

_DESCRIPTION = (
    "Server-sent events (docs/events.md): `revision`, `worker`, `metrics`, `images`, `review`. Each says "
    "that something is not as it was; what it is now is asked of the other routes."
)
_ANSWERS: dict[int | str, dict[str, Any]] = {200: {"content": {EVENT_STREAM: {}}}}


@router.get(
    "/events",
    summary="What changes, of every deployment",
    description=_DESCRIPTION,
    response_class=Response,
    responses=_ANSWERS,
)
def follow_all(everything: Everything, last_event_id: LastEventId = None) -> Response:
    return EventStream(everything.board, None, last_event_id)


@router.get(
    "/deployments/{deployment}/events",
    summary="What changes, of one deployment and of the workers",
    description=_DESCRIPTION,
    response_class=Response,
    responses=_ANSWERS,
)
def follow(deployment: Name, everything: Everything, db: Db, last_event_id: LastEventId = None) -> Response:
    if not revisions.history(db, deployment, limit=1):
        raise not_found("deployment", deployment, "`umbra deployments list` shows those there are.")
    return EventStream(everything.board, deployment, last_event_id)
