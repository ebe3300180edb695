"""A judged task as the records it becomes: its prediction, and its dead letter when it failed."""

from datetime import datetime

from umbra.contracts.dead_letter import OUTPUT_TOO_LARGE
from umbra.contracts.prediction import Failure, Image, Latency, Prediction
from umbra.contracts.topics import MESSAGE_BYTES
from umbra.contracts.wire import encode
from umbra.core.errors import ImageError
from umbra.onnx.heads.shapes import shapes
from umbra.worker.work import Task

LARGEST_VALUE_BYTES = MESSAGE_BYTES - 100_000
"""The broker counts key, headers and overhead too, and what it refuses voids the whole transaction."""


def answer(task: Task, slot: str, at: datetime) -> tuple[Prediction, bytes]:
    """What `slot` says about a task, and its JSON; an answer too large for its topic becomes a failed one.

    Args:
        at: when it was finished, aware.
    """
    prediction = _prediction(task, slot, at)
    value = encode(prediction)
    if len(value) > LARGEST_VALUE_BYTES:
        text = f"The prediction has {len(value):,} bytes, {LARGEST_VALUE_BYTES:,} are the limit."
        task.outcome = ImageError(OUTPUT_TOO_LARGE, text)
        prediction = _prediction(task, slot, at)
        value = encode(prediction)
    return prediction, value


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
    """Milliseconds to the microsecond; the queue is 0 when the broker's clock is ahead of ours."""
    return Latency(
        queue=max(0.0, round(task.polled_at * 1000 - task.record.timestamp_ms, 3)),
        decode=round(task.decode_ms, 3),
        inference=round(task.inference_ms, 3),
        total=round((at - task.polled_at) * 1000, 3),
    )
