"""Whether the workers are ready for a staged revision: a pure decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from umbra.contracts.worker_status import WorkerStatus
from umbra.core.names import CHAMPION
from umbra.core.revision import Revision, Slots, changed_slots


@dataclass(frozen=True, slots=True)
class Ready:
    """Every live worker of the changed slots has the models loaded and warm."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`on` names the workers (or the slot without one) that are not ready yet."""

    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The revision fails for this reason."""

    reason: str


Readiness = Ready | Waiting | GivenUp


def readiness(revision: Revision, before: Slots, live: Iterable[WorkerStatus]) -> Readiness:
    """How ready the workers are.

    A shadow slot without a live worker counts as ready, and so does every slot of a first revision;
    a champion is never taken over by nobody.

    Args:
        before: the slots in force now; empty for a first revision.
        live: the last status of every live worker.
    """
    changed = changed_slots(before, revision.slots)
    crew = [worker for worker in live if worker.slot in changed]
    for worker in crew:
        if worker.revisions.get(revision.key) == "failed":
            return GivenUp(_load_failure(revision, worker))
    on = [worker.worker for worker in crew if worker.revisions.get(revision.key) != "ready"]
    if before and CHAMPION in changed and not any(worker.slot == CHAMPION for worker in crew):
        on.append("a champion worker (none is alive)")
    return Waiting(tuple(sorted(on))) if on else Ready()


def out_of_time(waiting: Waiting, since: datetime, now: datetime, timeout_s: float) -> GivenUp | None:
    """The end of waiting, None while there is time left."""
    if now - since <= timedelta(seconds=timeout_s):
        return None
    return GivenUp(f"Not ready within {timeout_s:g} s: {', '.join(waiting.on)}.")


def _load_failure(revision: Revision, worker: WorkerStatus) -> str:
    model_version = revision.slots[worker.slot].model_version
    model = worker.models.get(model_version)
    return f"{worker.worker} could not load {model_version}: {(model and model.error) or 'no reason given'}"
