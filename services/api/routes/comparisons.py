"""Champion beside each shadow."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.api.adapters import Db, Everything, Name
from services.api.pair_figures import pair_figures
from services.api.problems import not_found
from services.api.routes.metrics import Length, Step
from services.http.gates import needs
from umbra.contracts.http.comparison import Comparisons, PairFigures
from umbra.core.agreement import LabelPair, Met, together
from umbra.core.assignment_run import Run, runs
from umbra.core.role import Role
from umbra.core.window import Window, window
from umbra.postgres import metrics, revisions
from umbra.postgres.connection import Connection
from umbra.postgres.metrics import SlotRevision

router = APIRouter(
    prefix="/v1/deployments/{deployment}/comparisons", tags=["figures"], dependencies=[needs(Role.VIEWER)]
)


@router.get("", summary="Agreement, differences and confusion of every champion and shadow")
def get_comparisons(
    deployment: Name,
    db: Db,
    everything: Everything,
    length: Length = "15m",
    step: Step = None,
    slot: Annotated[str | None, Query(description="Only this shadow slot.")] = None,
) -> Comparisons:
    now = datetime.now(UTC)
    asked = window(now, length, step)
    history = revisions.history(db, deployment)
    if not history:
        raise not_found("deployment", deployment)
    active = [noted.revision for noted in reversed(history) if noted.revision.state == "active"]
    found = [run for run in runs(active) if slot in (None, run.slot)]
    orphan_before = now - timedelta(seconds=everything.settings.orphan_after_s)
    figures = _pairs(db, deployment, asked, found, orphan_before)
    return Comparisons(
        asked.start,
        to=asked.end,
        as_of=now,
        complete_until=asked.complete_until,
        step_s=asked.step_s,
        pairs=[
            pair
            for run, pair in zip(found, figures, strict=True)
            # An old assignment without an image in the window is history, not figures.
            if run.revisions[-1] == active[-1].revision or _counted(pair)
        ],
    )


def _pairs(
    db: Connection, deployment: str, asked: Window, found: list[Run], orphan_before: datetime
) -> list[PairFigures]:
    rows = metrics.pairs(db, deployment, asked)
    met = metrics.confusion(db, deployment, asked)
    missing = metrics.unpaired(db, deployment, asked, orphan_before)
    return [
        pair_figures(
            run,
            [row for row in rows if row.slot == run.slot and row.revision in run.revisions],
            _met(run, met),
            [missing[place] for place in _places(run) if place in missing],
            asked,
        )
        for run in found
    ]


def _counted(pair: PairFigures) -> bool:
    return any((pair.complete, pair.waiting, pair.orphans, pair.mixed))


def _places(run: Run) -> list[SlotRevision]:
    return [(run.slot, revision) for revision in run.revisions]


def _met(run: Run, met: dict[SlotRevision, dict[LabelPair, Met]]) -> dict[LabelPair, Met]:
    return together(item for place in _places(run) for item in met.get(place, {}).items())
