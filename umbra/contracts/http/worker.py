"""Workers over HTTP."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A ModelVersion a worker holds, is loading, or could not load."""

    state: str
    load_ms: float | None = None
    first_inference_ms: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class WorkerEntry:
    """What a worker last said of itself.

    Attributes:
        live: it said so less than 10 s before `as_of`, and did not end with a failure.
        providers: of ONNX Runtime, which its models run on, best first; empty until one is loaded.
        device: the accelerator among them, as `nvidia:0`; None: the CPU.
        shares_device_with: workers on its device that should not be there: there `nice` does nothing, and a
            shadow can slow the champion down.
        lag: partition to images not yet judged.
        revisions: `<deployment>@<revision>` to loading, ready or failed.
        blocked: partition to what it waits for.
        failure: why its process ended; None while it runs.
    """

    worker: str
    slot: str
    live: bool
    seen_at: datetime
    boot: str
    version: str
    providers: list[str]
    device: str | None
    shares_device_with: list[str]
    partitions: list[int]
    lag: dict[int, int]
    images_per_s: float
    memory_bytes: int
    models: dict[str, LoadedModel]
    revisions: dict[str, str]
    blocked: dict[int, str]
    expired: int
    failure: str | None


@dataclass(frozen=True, slots=True)
class Workers:
    """By slot and name."""

    items: list[WorkerEntry]
    as_of: datetime
