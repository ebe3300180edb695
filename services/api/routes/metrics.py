"""What each slot of a deployment did."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from services.api.adapters import Db, Name
from services.api.problems import not_found
from services.api.version_figures import slot_figures
from services.http.gates import needs
from umbra.contracts.http.metrics import Mark, Metrics
from umbra.core.role import Role
from umbra.core.window import Window, window
from umbra.postgres import metrics, revisions
from umbra.postgres.revisions import Noted

router = APIRouter(
    prefix="/v1/deployments/{deployment}/metrics", tags=["figures"], dependencies=[needs(Role.VIEWER)]
)

Length = Annotated[str, Query(alias="window", description="How far back: 30s, 15m, 24h.")]
Step = Annotated[str | None, Query(description="A multiple of 10s; without it about 90 steps.")]


@router.get("", summary="Images, failures, latencies, scores of every ModelVersion in every slot")
def get_metrics(deployment: Name, db: Db, length: Length = "15m", step: Step = None) -> Metrics:
    now = datetime.now(UTC)
    asked = window(now, length, step)
    history = revisions.history(db, deployment)
    if not history:
        raise not_found("deployment", deployment)
    return Metrics(
        asked.start,
        to=asked.end,
        as_of=now,
        complete_until=asked.complete_until,
        step_s=asked.step_s,
        t=asked.times,
        slots=slot_figures(metrics.versions(db, deployment, asked), asked),
        marks=_marks(history, asked),
    )


def _marks(history: Sequence[Noted], asked: Window) -> list[Mark]:
    settled = [(noted.revision, at) for noted in history if (at := noted.at("active") or noted.at("failed"))]
    return [
        Mark(revision.revision, at, revision.kind, revision.state)
        for revision, at in reversed(settled)
        if asked.start <= at < asked.end
    ]
