"""One row of the list of deployments."""

from collections import Counter
from collections.abc import Sequence

from services.api.entries import live_workers
from umbra.contracts.http.deployment import Agreement, DeploymentSummary, Lag, LatestRevision
from umbra.contracts.worker_status import WorkerStatus
from umbra.core.agreement import agreement
from umbra.core.change import in_force
from umbra.core.names import CHAMPION
from umbra.core.revision import Revision
from umbra.core.window import Window
from umbra.postgres.metrics import SummaryRow
from umbra.postgres.revisions import Noted
from umbra.postgres.workers import Seen


def deployment_summary(
    newest: Sequence[Noted], seen: Sequence[Seen], counted: Sequence[SummaryRow], window: Window
) -> DeploymentSummary:
    """A deployment in one row.

    Args:
        newest: its newest, newest active and staged revisions, newest first.
        counted: what its slots did in the window.
    """
    revisions = [noted.revision for noted in newest]
    shown = in_force(revisions) or next(revision for revision in revisions if revision.slots)
    live = [worker for worker in live_workers(seen) if worker.slot in shown.slots]
    crews = Counter(worker.slot for worker in live)
    return DeploymentSummary(
        id=shown.deployment,
        task=shown.slots[CHAMPION].spec["manifest"]["task"],
        revision=shown.revision,
        state=shown.state,
        champion=shown.slots[CHAMPION].model_version,
        shadows={slot: held.model_version for slot, held in shown.shadows.items()},
        latest_revision=_latest(revisions[0]),
        images_per_s=sum(row.images or 0 for row in counted) / window.length_s,
        lag={slot: _lag([worker for worker in live if worker.slot == slot]) for slot in crews},
        agreement={row.slot: _agreement(row) for row in counted if row.pairs is not None},
        workers={slot: crews[slot] for slot in shown.slots},
        trouble=_trouble(revisions[0], shown, crews),
    )


def _latest(revision: Revision) -> LatestRevision:
    return LatestRevision(revision.revision, revision.state, revision.failure or revision.reason)


def _agreement(row: SummaryRow) -> Agreement:
    return Agreement(agreement(row.matched_same_label or 0, row.shapes or 0, 0), row.pairs or 0)


def _lag(crew: Sequence[WorkerStatus]) -> Lag:
    images = sum(sum(worker.lag.values()) for worker in crew)
    rate = sum(worker.images_per_s for worker in crew)
    return Lag(images, images / rate if rate else None)


def _trouble(latest: Revision, shown: Revision, crews: Counter[str]) -> str | None:
    troubles = []
    if latest.state == "failed":
        troubles.append(f"Revision {latest.revision} failed: {latest.failure}")
    if latest.state == "staged":
        troubles.append(f"Revision {latest.revision} is staged.")
    if unmanned := sorted(s for s, held in shown.slots.items() if not (crews[s] or held.paused)):
        troubles.append(f"No worker runs slot {', '.join(unmanned)}.")
    return " ".join(troubles) or None
