"""Records with their verdicts, put into batches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from umbra.contracts.dead_letter import UNKNOWN_DEPLOYMENT
from umbra.contracts.headers import URI
from umbra.core.names import CHAMPION
from umbra.kafka.record import Record
from umbra.worker.epoch import Epoch
from umbra.worker.rules import Action, Verdict
from umbra.worker.work import Batch, DeadLetter, Position, Task

CLAIM_CHECK_BYTES = 8_000_000
"""What an image elsewhere counts as: its size is not known before it is fetched."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a batch; the first image is in it whatever its size."""

    images: int
    bytes: int


class Sorter:
    """Puts what was judged to be done into batches, for one slot."""

    def __init__(self, slot: str) -> None:
        self._slot = slot

    def batches(
        self, judged: Iterable[tuple[Record, Verdict]], epoch: Epoch, bounds: Bounds, polled_at: float
    ) -> Iterator[Batch]:
        """Batches in the order of the records; the last may hold offsets only, or nothing.

        Records that WAIT must not be among them; `polled_at` is in seconds since the epoch.
        """
        batch, weight = Batch(epoch), 0
        for record, verdict in judged:
            weighs = _weight(record)
            if len(batch.tasks) >= bounds.images or (batch.tasks and weight + weighs > bounds.bytes):
                yield batch
                batch, weight = Batch(epoch), 0
            weight += self._put(batch, record, verdict, polled_at) * weighs
            batch.offsets[record.partition] = Position(record.next_offset)
        yield batch

    def _put(self, batch: Batch, record: Record, verdict: Verdict, polled_at: float) -> bool:
        """Whether it is an image to judge."""
        if verdict.landing is not None and verdict.revision is not None:
            batch.tasks.append(Task(record, verdict.landing, verdict.revision, polled_at))
            return True
        if verdict.action is Action.UNKNOWN and self._slot == CHAMPION:
            batch.dead_letters.append(_unknown(record, verdict))
        return False


def _weight(record: Record) -> int:
    size = len(record.value or b"")
    return size if size or all(name != URI for name, _ in record.headers) else CLAIM_CHECK_BYTES


def _unknown(record: Record, verdict: Verdict) -> DeadLetter:
    deployment = verdict.landing.deployment if verdict.landing else None
    message = (
        "The record has no deployment header, and UMBRA_DEFAULT_DEPLOYMENT is not set."
        if deployment is None
        else f"Deployment {deployment} was not in force when this image landed: create it before sending."
    )
    return DeadLetter(record, UNKNOWN_DEPLOYMENT, message)
