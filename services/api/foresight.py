"""What a change would come to: the answer to a dry run."""

from collections.abc import Iterator, Mapping, Sequence

from services.api.entries import live_workers, revision_entry
from umbra.contracts.http.revision import DryRun, Load
from umbra.contracts.worker_status import ModelStatus, WorkerStatus
from umbra.control.stage import Prospect
from umbra.core.names import CHAMPION
from umbra.core.revision import changed_slots
from umbra.postgres.workers import Seen


def dry_run(prospect: Prospect, seen: Sequence[Seen], timeout_s: float) -> DryRun:
    """A prospect, with what the live workers would have to do for it."""
    revision, current, _ = prospect
    live = live_workers(seen)
    changed = changed_slots(current.slots if current else {}, revision.slots)
    return DryRun(
        would_be=revision.revision,
        kind=revision.kind,
        slots=revision_entry(revision).slots,
        waits_for=[
            load for worker in live if worker.slot in changed for load in _loads(prospect, worker, live)
        ],
        partitions=len(current.starts) if current else None,
        timeout_s=timeout_s,
        blockers=list(_blockers(prospect, live, CHAMPION in changed)),
    )


def _loads(prospect: Prospect, worker: WorkerStatus, live: Sequence[WorkerStatus]) -> Iterator[Load]:
    model_version = prospect.revision.slots[worker.slot].model_version
    if not _is_ready(worker.models, model_version):
        yield Load(worker.worker, worker.slot, model_version, _last_load_ms(model_version, live))


def _is_ready(models: Mapping[str, ModelStatus], model_version: str) -> bool:
    return model_version in models and models[model_version].state == "ready"


def _last_load_ms(model_version: str, live: Sequence[WorkerStatus]) -> float | None:
    loaded = (worker.models[model_version].load_ms for worker in live if model_version in worker.models)
    return max((took for took in loaded if took is not None), default=None)


def _blockers(prospect: Prospect, live: Sequence[WorkerStatus], crowns: bool) -> Iterator[str]:
    revision, current, overtaken = prospect
    if overtaken is not None and not revision.immediate:
        yield f"Revision {overtaken.revision} ({overtaken.kind}) is still staged: wait until it is settled."
    if current is not None and crowns and not any(worker.slot == CHAMPION for worker in live):
        yield "No champion worker is alive: nobody would take over."
