"""What every route that changes a deployment shares."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header, Query, Response

from services.api.adapters import Db, Everything
from services.api.entries import revision_entry
from services.api.foresight import dry_run
from services.http.guard import asking
from services.http.problem import Problem
from umbra.contracts.http.revision import DryRun, RevisionEntry
from umbra.control.stage import foresee, stage
from umbra.core.change import Change, Request
from umbra.core.revision import Assignment
from umbra.postgres import model_versions, workers
from umbra.postgres.connection import Connection

_LONGEST_TAG = 10

IfMatch = Annotated[
    str | None, Header(description='The ETag the deployment was read under, like "4"; 412 when it is stale.')
]

Asking = Annotated[str, Depends(asking)]
"""Whose token it is; stands in the history."""


@dataclass(frozen=True)
class Changing:
    """A request that changes a deployment: what all of them may say beside the change itself."""

    db: Db
    everything: Everything
    response: Response
    by: Asking
    if_match: IfMatch = None
    dry_run: Annotated[
        bool, Query(description="Only say what would come of it (200); nothing is changed.")
    ] = False

    def to(
        self, deployment: str, change: Change, *, reason: str | None = None, immediate: bool = False
    ) -> RevisionEntry | DryRun:
        """Stage a change; the relay takes it from there. In a dry run, say what would come of it."""
        asked = Request(
            deployment,
            change,
            at=datetime.now(UTC),
            by=self.by,
            reason=reason,
            expected=_expected(self.if_match),
            immediate=immediate,
        )
        if not self.dry_run:
            return revision_entry(stage(self.db, asked))
        self.response.status_code = 200
        timeout_s = self.everything.settings.load_timeout_s
        return dry_run(foresee(self.db, asked), workers.select(self.db), timeout_s)


Changer = Annotated[Changing, Depends()]


def assignment(db: Connection, model_version: str) -> Assignment:
    """A ModelVersion as a slot holds it; only one that is ready."""
    row = model_versions.find(db, model_version)
    if row is None:
        raise Problem(
            422,
            "invalid-request",
            f"There is no ModelVersion {model_version}.",
            "Add it with `umbra models add`, or choose one of `umbra models list`.",
        )
    if row.state == "checking":
        raise Problem(
            409,
            "model-not-ready",
            f"ModelVersion {model_version} is still being checked.",
            f"Wait until `state` of /v1/model-versions/{model_version} is ready.",
        )
    if row.state == "refused":
        raise Problem(
            422,
            "model-refused",
            f"ModelVersion {model_version} was refused when it was checked.",
            "Its report says why: correct it and add it again.",
        )
    return Assignment(row.id, row.spec)


def _expected(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not tag.isdecimal() or len(tag) > _LONGEST_TAG:
        raise Problem(412, "stale-etag", f"If-Match {if_match} is no ETag of a deployment.", "Read it again.")
    return int(tag)
