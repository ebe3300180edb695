"""What travels through the stages: tasks, in batches."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple

from umbra.contracts.landing import Landing
from umbra.contracts.manifest import Manifest
from umbra.core.errors import ImageError
from umbra.core.revision import Revision
from umbra.kafka.record import Record
from umbra.onnx.batch import Batch as Rows
from umbra.onnx.heads.head import Findings
from umbra.onnx.session import Model
from umbra.worker.epoch import Epoch


@dataclass(slots=True, eq=False)
class Task:
    """One image to judge, and all that becomes known of it on its way.

    Attributes:
        revision: in force for it; has this worker's slot.
        polled_at: seconds since the epoch, when this worker had the record in hand.
        size: width, height in pixels once decoded.
        bytes: of the encoded image; None when they were never had.
        manifest: of the model that judges it.
        outcome: what the model found, or why there is no result; None while it is on its way.
    """

    record: Record
    landing: Landing
    revision: Revision
    polled_at: float
    size: tuple[int | None, int | None] = (None, None)
    bytes: int | None = None
    decode_ms: float = 0.0
    inference_ms: float = 0.0
    manifest: Manifest | None = None
    outcome: Findings | ImageError | None = None


@dataclass(slots=True, eq=False)
class Group:
    """The tasks of a batch that one model judges; task i fills row i.

    Attributes:
        version: the ModelVersion.
    """

    version: str
    model: Model
    tasks: Sequence[Task]
    rows: Rows


class Position(NamedTuple):
    """Where a partition stands: the next offset and the text committed beside it (see `crash_loop`)."""

    offset: int
    metadata: str = ""


class DeadLetter(NamedTuple):
    """A record that could not be judged, and why."""

    record: Record
    code: str
    message: str


@dataclass(slots=True, eq=False)
class Batch:
    """Images that are judged together; one transaction commits it, alone or with others that waited.

    Attributes:
        offsets: by partition; of records passed without a prediction too.
        decoding: done when the rows of all groups are filled.
    """

    epoch: Epoch
    offsets: dict[int, Position] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    decoding: list["Future[None]"] = field(default_factory=list)
