"""A shadow becomes the champion."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.api.adapters import Name
from services.api.changes import Changer
from services.http.gates import needs
from umbra.contracts.http.revision import DryRun, RevisionEntry
from umbra.core.change import Promote
from umbra.core.revision import Demote
from umbra.core.role import Role

router = APIRouter(
    prefix="/v1/deployments/{deployment}/promotions", tags=["changes"], dependencies=[needs(Role.OPERATOR)]
)


class PromotionRequest(BaseModel):
    """Which slot, and what becomes of the old champion: it takes the slot (`shadow`) or leaves (`retire`)."""

    model_config = ConfigDict(extra="forbid")

    slot: str | None = None
    demote: Demote = "shadow"
    reason: str | None = None


_DEFAULTS = PromotionRequest()


@router.post("", status_code=202, summary="Promote a shadow")
def promote(
    deployment: Name, changing: Changer, body: PromotionRequest = _DEFAULTS
) -> RevisionEntry | DryRun:
    return changing.to(deployment, Promote(body.slot, body.demote), reason=body.reason)
