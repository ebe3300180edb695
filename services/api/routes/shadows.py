"""Shadows assigned, paused and cleared."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.api.adapters import Name
from services.api.changes import Changer, assignment
from services.http.gates import needs
from umbra.contracts.http.revision import DryRun, RevisionEntry
from umbra.core.change import AssignShadow, ClearShadow, PauseShadow
from umbra.core.role import Role

router = APIRouter(
    prefix="/v1/deployments/{deployment}/shadows", tags=["changes"], dependencies=[needs(Role.OPERATOR)]
)


class ShadowRequest(BaseModel):
    """Which ModelVersion the slot shall hold."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model_version: str
    reason: str | None = None


class PauseRequest(BaseModel):
    """Whether the slot's workers pass every image."""

    model_config = ConfigDict(extra="forbid")

    paused: bool
    reason: str | None = None


@router.put("/{slot}", status_code=202, summary="Assign a shadow; the champion does not notice")
def assign(deployment: Name, slot: Name, body: ShadowRequest, changing: Changer) -> RevisionEntry | DryRun:
    change = AssignShadow(slot, assignment(changing.db, body.model_version))
    return changing.to(deployment, change, reason=body.reason)


@router.put("/{slot}/paused", status_code=202, summary="Pause a shadow, or let it judge again")
def pause(deployment: Name, slot: Name, body: PauseRequest, changing: Changer) -> RevisionEntry | DryRun:
    return changing.to(deployment, PauseShadow(slot, body.paused), reason=body.reason)


@router.delete("/{slot}", status_code=202, summary="Clear a shadow slot")
def clear(
    deployment: Name, slot: Name, changing: Changer, reason: Annotated[str | None, Query()] = None
) -> RevisionEntry | DryRun:
    return changing.to(deployment, ClearShadow(slot), reason=reason)
