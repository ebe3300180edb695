"""Shadows assigned and cleared."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.api.adapters import Db, Name
from services.api.changes import Asking, IfMatch, accept, assignment
from services.http.gates import needs
from umbra.contracts.http.revision import RevisionEntry
from umbra.core.change import AssignShadow, ClearShadow
from umbra.core.role import Role

router = APIRouter(
    prefix="/v1/deployments/{deployment}/shadows", tags=["changes"], dependencies=[needs(Role.OPERATOR)]
)


class ShadowRequest(BaseModel):
    """Which ModelVersion the slot shall hold."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model_version: str
    reason: str | None = None


@router.put("/{slot}", status_code=202, summary="Assign a shadow; the champion does not notice")
def assign(
    deployment: Name, slot: Name, body: ShadowRequest, db: Db, by: Asking, if_match: IfMatch = None
) -> RevisionEntry:
    change = AssignShadow(slot, assignment(db, body.model_version))
    return accept(db, deployment, change, by=by, reason=body.reason, if_match=if_match)


@router.delete("/{slot}", status_code=202, summary="Clear a shadow slot")
def clear(
    deployment: Name,
    slot: Name,
    db: Db,
    by: Asking,
    if_match: IfMatch = None,
    reason: Annotated[str | None, Query()] = None,
) -> RevisionEntry:
    return accept(db, deployment, ClearShadow(slot), by=by, reason=reason, if_match=if_match)
