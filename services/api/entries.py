"""Revisions as the API shows them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from umbra.contracts.http.revision import Held, RevisionEntry, RevisionStep, WorkerReadiness
from umbra.contracts.worker_status import LIVE_FOR_S, WorkerStatus
from umbra.control.readiness import Waiting, readiness
from umbra.core.names import slot_order
from umbra.core.revision import Assignment, Revision, Slots
from umbra.postgres.revisions import Noted, Step
from umbra.postgres.workers import Seen


def revision_entry(revision: Revision, steps: Sequence[Step] = ()) -> RevisionEntry:
    """A revision without what the workers say of it."""
    return RevisionEntry(
        deployment=revision.deployment,
        revision=revision.revision,
        kind=revision.kind,
        state=revision.state,
        slots={slot: _held(revision.slots[slot]) for slot in sorted(revision.slots, key=slot_order)},
        requested_by=revision.requested_by,
        requested_at=revision.requested_at,
        based_on=revision.based_on,
        reason=revision.reason,
        immediate=revision.immediate,
        topic_id=revision.topic_id,
        starts=dict(revision.starts),
        failure=revision.failure,
        steps=[RevisionStep(step, at) for step, at in steps],
    )


def followed_entry(noted: Noted, before: Slots, seen: Sequence[Seen]) -> RevisionEntry:
    """A revision with what the live workers of its slots say of it.

    Args:
        before: the slots in force now.
    """
    entry = revision_entry(noted.revision, noted.steps)
    live = live_workers(seen)
    crew = [worker for worker in live if worker.slot in noted.revision.slots]
    entry.workers.extend(_worker_readiness(noted.revision, worker) for worker in crew)
    if noted.revision.state == "staged":
        verdict = readiness(noted.revision, before, live)
        entry.waiting_for.extend(verdict.on if isinstance(verdict, Waiting) else ())
    return entry


def live_workers(seen: Sequence[Seen]) -> list[WorkerStatus]:
    """Those heard of in the last 10 s."""
    return [worker.status for worker in seen if is_live(worker)]


def is_live(worker: Seen) -> bool:
    """Whether the worker was heard of in the last 10 s, and not that it ended."""
    return worker.status.failure is None and worker.seen_at > datetime.now(UTC) - timedelta(
        seconds=LIVE_FOR_S
    )


def _held(held: Assignment) -> Held:
    return Held(held.model_version, held.paused)


def _worker_readiness(revision: Revision, worker: WorkerStatus) -> WorkerReadiness:
    model_version = revision.slots[worker.slot].model_version
    model = worker.models.get(model_version)
    return WorkerReadiness(
        worker=worker.worker,
        slot=worker.slot,
        # A worker reports on staged revisions; of the others its model speaks.
        state=worker.revisions.get(revision.key) or (model.state if model else "unseen"),
        load_ms=model.load_ms if model else None,
        first_inference_ms=model.first_inference_ms if model else None,
        error=model.error if model else None,
    )
