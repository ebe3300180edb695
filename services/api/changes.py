"""What every route that changes a deployment shares."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header

from services.api.entries import revision_entry
from services.http.guard import asking
from services.http.problem import Problem
from umbra.contracts.http.revision import RevisionEntry
from umbra.control.stage import stage
from umbra.core.change import Change, Request
from umbra.core.revision import Assignment
from umbra.postgres import model_versions
from umbra.postgres.connection import Connection

_LONGEST_TAG = 10

IfMatch = Annotated[
    str | None, Header(description='The ETag the deployment was read under, like "4"; 412 when it is stale.')
]

Asking = Annotated[str, Depends(asking)]
"""Whose token it is; stands in the history."""


def accept(
    db: Connection,
    deployment: str,
    change: Change,
    *,
    by: str,
    reason: str | None = None,
    if_match: str | None = None,
    immediate: bool = False,
) -> RevisionEntry:
    """Stage a change; the relay takes it from there."""
    request = Request(
        deployment,
        change,
        at=datetime.now(UTC),
        by=by,
        reason=reason,
        expected=_expected(if_match),
        immediate=immediate,
    )
    return revision_entry(stage(db, request))


def assignment(db: Connection, model_version: str) -> Assignment:
    """A ModelVersion as a slot holds it."""
    row = model_versions.find(db, model_version)
    if row is None:
        raise Problem(
            422,
            "invalid-request",
            f"There is no ModelVersion {model_version}.",
            "Add it with `umbra models add`, or choose one of `umbra models list`.",
        )
    return Assignment(row.id, row.spec)


def _expected(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not tag.isdecimal() or len(tag) > _LONGEST_TAG:
        raise Problem(412, "stale-etag", f"If-Match {if_match} is no ETag of a deployment.", "Read it again.")
    return int(tag)
