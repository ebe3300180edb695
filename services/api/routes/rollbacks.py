"""Back to an earlier revision."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.api.adapters import Db, Name
from services.api.changes import Asking, IfMatch, accept
from services.http.gates import needs
from umbra.contracts.http.revision import RevisionEntry
from umbra.core.change import RollBack
from umbra.core.role import Role

router = APIRouter(
    prefix="/v1/deployments/{deployment}/rollbacks", tags=["changes"], dependencies=[needs(Role.OPERATOR)]
)


class RollbackRequest(BaseModel):
    """Where to: the revision before this one, or `to_revision`.

    `immediate` begins where the champion is now, so that its backlog is not judged by the model left.
    """

    model_config = ConfigDict(extra="forbid")

    to_revision: int | None = None
    immediate: bool = False
    reason: str | None = None


_DEFAULTS = RollbackRequest()


@router.post("", status_code=202, summary="Roll back")
def roll_back(
    deployment: Name, db: Db, by: Asking, body: RollbackRequest = _DEFAULTS, if_match: IfMatch = None
) -> RevisionEntry:
    return accept(
        db,
        deployment,
        RollBack(body.to_revision),
        by=by,
        reason=body.reason,
        if_match=if_match,
        immediate=body.immediate,
    )
