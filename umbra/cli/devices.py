"""What workers run on, in words."""

from collections.abc import Iterable, Sequence

from umbra.contracts.http.worker import WorkerEntry
from umbra.core.names import CHAMPION
from umbra.core.providers import short_name


def runs_on(workers: Iterable[WorkerEntry]) -> str:
    """The providers of workers, and their devices; empty as long as none has loaded a model."""
    return "; ".join(dict.fromkeys(_of(worker) for worker in workers if worker.providers))


def shared_devices(workers: Sequence[WorkerEntry]) -> list[str]:
    """A warning for every champion worker whose device a shadow uses, too."""
    return [
        f"{worker.worker} shares {worker.device} with {', '.join(worker.shares_device_with)}; there nice does"
        " nothing, so the shadow can slow the champion down."
        for worker in workers
        if worker.live and worker.slot == CHAMPION and worker.shares_device_with
    ]


def _of(worker: WorkerEntry) -> str:
    names = ", ".join(map(short_name, worker.providers))
    return names if worker.device is None else f"{names} ({worker.device})"
