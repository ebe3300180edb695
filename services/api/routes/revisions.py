"""The history of a deployment."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from services.api.adapters import Db, Name
from services.api.entries import followed_entry, revision_entry
from services.api.problems import not_found
from services.http.gates import needs
from umbra.contracts.http.revision import RevisionEntry, Revisions
from umbra.core.change import in_force
from umbra.core.role import Role
from umbra.postgres import revisions, workers

router = APIRouter(
    prefix="/v1/deployments/{deployment}/revisions", tags=["deployments"], dependencies=[needs(Role.VIEWER)]
)


@router.get("", summary="Its revisions, newest first")
def list_revisions(
    deployment: Name,
    db: Db,
    before: Annotated[int | None, Query(description="Only those with a smaller number.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Revisions:
    noted = revisions.history(db, deployment, before=before, limit=limit)
    if not noted and before is None:
        raise not_found("deployment", deployment)
    return Revisions([revision_entry(*each) for each in noted], datetime.now(UTC))


@router.get("/{revision}", summary="One revision: its steps, its workers, where it begins")
def get_revision(deployment: Name, revision: int, db: Db) -> RevisionEntry:
    noted = revisions.find(db, deployment, revision)
    if noted is None:
        raise not_found("revision", f"{deployment}@{revision}")
    current = in_force(revisions.standing(db, deployment))
    return followed_entry(noted, current.slots if current else {}, workers.select(db))
