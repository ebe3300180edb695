"""Champion beside each shadow."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.api.adapters import Db, Everything, Name
from services.api.pair_figures import pair_figures
from services.api.problems import not_found
from services.api.routes.metrics import Length, Step
from services.http.gates import needs
from umbra.contracts.http.comparison import Comparisons, LatencyDelta, PairFigures
from umbra.core.agreement import LabelPair, Met, together
from umbra.core.assignment_run import Run, replay_runs, runs
from umbra.core.names import is_replay, replay_slot
from umbra.core.revision import Revision
from umbra.core.role import Role
from umbra.core.window import Window, window
from umbra.postgres import metrics, replays, revisions
from umbra.postgres.connection import Connection
from umbra.postgres.metrics import SlotRevision, Unpaired

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
    slot: Annotated[
        str | None, Query(description="Only this shadow slot; a replay's is shown only so.")
    ] = None,
) -> Comparisons:
    now = datetime.now(UTC)
    asked = window(now, length, step)
    history = revisions.history(db, deployment)
    if not history:
        raise not_found("deployment", deployment)
    active = [noted.revision for noted in reversed(history) if noted.revision.state == "active"]
    if slot is not None and is_replay(slot):
        found, figures = _replayed(db, deployment, slot, active, asked)
    else:
        found = [run for run in runs(active) if slot in (None, run.slot)]
        orphan_before = now - timedelta(seconds=everything.settings.orphan_after_s)
        missing = metrics.unpaired(db, deployment, asked, orphan_before)
        figures = _pairs(db, deployment, asked, found, missing)
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
            if _counted(pair) or (run.revisions[-1] == active[-1].revision and not is_replay(run.slot))
        ],
    )


def _replayed(
    db: Connection, deployment: str, slot: str, active: Sequence[Revision], asked: Window
) -> tuple[list[Run], list[PairFigures]]:
    """A replay beside each champion; how fast it was is no figure of the ModelVersion."""
    noted = replays.find(db, deployment, slot.removeprefix(replay_slot("")))
    if noted is None:
        raise not_found("replay", slot)
    found = replay_runs(active, slot, noted.replay.model)
    under_way = noted.replay.state == "open"
    missing = {
        (slot, revision): Unpaired(images, 0) if under_way else Unpaired(0, images)
        for revision, images in replays.unpaired(db, noted.replay).items()
    }
    figures = _pairs(db, deployment, asked, found, missing)
    return found, [replace(pair, latency_delta_ms=LatencyDelta(None, None, None)) for pair in figures]


def _pairs(
    db: Connection,
    deployment: str,
    asked: Window,
    found: list[Run],
    missing: Mapping[SlotRevision, Unpaired],
) -> list[PairFigures]:
    rows = metrics.pairs(db, deployment, asked)
    met = metrics.confusion(db, deployment, asked)
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
