"""Back to an earlier revision."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.api.adapters import Name
from services.api.changes import Changer
from services.http.gates import needs
from umbra.contracts.http.revision import DryRun, RevisionEntry
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
    deployment: Name, changing: Changer, body: RollbackRequest = _DEFAULTS
) -> RevisionEntry | DryRun:
    change = RollBack(body.to_revision)
    return changing.to(deployment, change, reason=body.reason, immediate=body.immediate)
