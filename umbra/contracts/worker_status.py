"""The workers topic: key the worker's name, value its status, a tombstone on a clean stop."""

from typing import Literal

import msgspec

from umbra.contracts.wire import VERSION, Decoder

STATUS_EVERY_S = 2.0
LIVE_FOR_S = 10.0
"""A worker is live while its last status is younger than this by append time and tells of no failure."""

LoadState = Literal["loading", "ready", "failed"]


class ModelStatus(msgspec.Struct, kw_only=True):
    """A ModelVersion a worker holds, is loading, or could not load."""

    state: LoadState
    load_ms: float | None = None
    first_inference_ms: float | None = None
    error: str | None = None


class WorkerStatus(msgspec.Struct, kw_only=True):
    """What a worker does right now.

    Attributes:
        boot: changes with every start of the process.
        providers: of ONNX Runtime, which its models run on, best first; empty until one is loaded.
        device: the accelerator among them, as `nvidia:0`; None: the CPU.
        machine: the same for all workers on one machine.
        shares_device_with: workers on its device that should not be there: shadows, or the champion.
        lag: partition to images not yet judged.
        positions: partition to the next offset to judge, as committed.
        models: `<model>@<n>` to its state.
        revisions: `<deployment>@<revision>` to how ready this worker is for it.
        blocked: partition to what it waits for.
        expired: offsets that left the log before this worker reached them, since its start: images, and the
            records that end transactions.
        failure: why this process ended; None while it runs.
    """

    worker: str
    boot: str
    slot: str
    version: str
    providers: list[str] = []
    device: str | None = None
    machine: str = ""
    shares_device_with: list[str] = []
    partitions: list[int] = []
    lag: dict[int, int] = {}
    positions: dict[int, int] = {}
    images_per_s: float = 0.0
    memory_bytes: int = 0
    models: dict[str, ModelStatus] = {}
    revisions: dict[str, LoadState] = {}
    blocked: dict[int, str] = {}
    expired: int = 0
    failure: str | None = None
    v: int = VERSION


worker_status_decoder = Decoder(WorkerStatus, "worker status")
