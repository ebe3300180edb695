"""A shadow becomes the champion."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.api.adapters import Db, Name
from services.api.changes import Asking, IfMatch, accept
from services.http.gates import needs
from umbra.contracts.http.revision import RevisionEntry
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
    deployment: Name, db: Db, by: Asking, body: PromotionRequest = _DEFAULTS, if_match: IfMatch = None
) -> RevisionEntry:
    return accept(
        db, deployment, Promote(body.slot, body.demote), by=by, reason=body.reason, if_match=if_match
    )
