"""The records a judged task becomes: its prediction, and its dead letter when it failed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from umbra.contracts import dead_letter as d
from umbra.contracts.landing import Landing
from umbra.contracts.prediction import Failure, Image, Latency, Prediction
from umbra.contracts.topics import MESSAGE_BYTES
from umbra.contracts.wire import encode
from umbra.core.errors import ImageError
from umbra.onnx.heads.shapes import shapes
from umbra.worker.work import DeadLetter, Task

LARGEST_BYTES = MESSAGE_BYTES - 10_000
"""Of a record with its headers, less the broker's overhead: what it refuses voids the whole transaction."""

_HEADER_BYTES = 10
"""What the lengths of a header's name and value take at most."""

_MESSAGE_CHARACTERS = 2_000
"""A longer text quotes what the producer wrote."""


class Letter(NamedTuple):
    """A record to be written."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    def bytes(self) -> int:
        """Of all it holds."""
        return len(self.key or b"") + len(self.value or b"") + _weight(self.headers)


def answer(task: Task, slot: str, at: datetime) -> Letter:
    """What `slot` says about a task; an answer too large for its topic becomes a failed one.

    Args:
        at: when it was finished, aware.
    """
    letter = _letter(_prediction(task, slot, at))
    size = letter.bytes()
    if size <= LARGEST_BYTES:
        return letter
    text = f"The prediction has {size:,} bytes with its headers, {LARGEST_BYTES:,} are the limit."
    task.outcome = ImageError(d.OUTPUT_TOO_LARGE, text)
    # What the producer wrote into the headers may be what is too large.
    task.landing = _bare(task.landing)
    return _letter(_prediction(task, slot, at))


def dead_letter(letter: DeadLetter) -> Letter:
    """The record as it goes to the DLQ: with its bytes only when the image itself is at fault.

    What would make it too large is left out; it is found at its `origin`.
    """
    record = letter.record
    origin = d.origin(record.topic, record.partition, record.offset)
    message = letter.message[:_MESSAGE_CHARACTERS]
    original = [(name, value) for name, value in record.headers if value is not None]
    whole, without = (
        d.dead_letter_headers(headers, code=letter.code, message=message, origin=origin)
        for headers in (original, [])
    )
    value = record.value if letter.code in d.IMAGE_AT_FAULT else None
    ever_less = (
        Letter(record.key, value, whole),
        Letter(record.key, None, whole),
        Letter(record.key, None, without),
        Letter(None, None, without),
    )
    return next(letter for letter in ever_less if letter.bytes() <= LARGEST_BYTES)


def _weight(headers: Iterable[tuple[str, bytes]]) -> int:
    return sum(len(name.encode()) + len(value) + _HEADER_BYTES for name, value in headers)


def _letter(prediction: Prediction) -> Letter:
    return Letter(prediction.image_id.encode(), encode(prediction), prediction.headers())


def _bare(landing: Landing) -> Landing:
    return Landing(
        partition=landing.partition,
        offset=landing.offset,
        landed_at=landing.landed_at,
        image_id=landing.image_id,
        deployment=landing.deployment,
    )


def _prediction(task: Task, slot: str, at: datetime) -> Prediction:
    landing, revision = task.landing, task.revision
    prediction = Prediction(
        image_id=landing.image_id,
        deployment=revision.deployment,
        slot=slot,
        model_version=revision.slots[slot].model_version,
        revision=revision.revision,
        status="ok",
        landed_at=landing.landed_at,
        predicted_at=at,
        captured_at=landing.captured_at,
        source=landing.source,
        tags=landing.tags,
        metadata=landing.metadata,
        traceparent=landing.traceparent,
        image=_image(task),
        latency_ms=_latency(task, at.timestamp()),
    )
    _fill_in(prediction, task)
    return prediction


def _fill_in(prediction: Prediction, task: Task) -> None:
    """Shapes, or why there are none."""
    outcome = task.outcome
    if isinstance(outcome, ImageError):
        prediction.status = "failed"
        prediction.error = Failure(outcome.code, str(outcome))
    elif outcome is None or task.manifest is None:
        raise AssertionError(f"Nobody judged {task.landing.image_id}: a stage lost it.")
    else:
        prediction.task = task.manifest.task
        prediction.shapes, prediction.candidates = shapes(outcome, task.manifest)


def _image(task: Task) -> Image:
    landing = task.landing
    return Image(
        partition=landing.partition,
        offset=landing.offset,
        width=task.size[0],
        height=task.size[1],
        content_type=landing.content_type,
        bytes=task.bytes,
        uri=landing.uri,
        sha256=landing.sha256,
    )


def _latency(task: Task, at: float) -> Latency:
    """Milliseconds to the microsecond; 0 where a clock is ahead of ours, or ours was set back."""
    return Latency(
        queue=max(0.0, round(task.polled_at * 1000 - task.record.timestamp_ms, 3)),
        decode=round(task.decode_ms, 3),
        inference=round(task.inference_ms, 3),
        total=max(0.0, round((at - task.polled_at) * 1000, 3)),
    )
