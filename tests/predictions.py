"""Predictions and their records, as tests want them."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pycocotools import mask as reference

from services.monitor.sources import Sources
from umbra.contracts.prediction import Failure, Image, Latency, Mask, Prediction, Rectangle, Rle
from umbra.contracts.wire import encode
from umbra.core.names import CHAMPION
from umbra.kafka.record import Record

SOURCES = Sources(
    "predictions.champion",
    "predictions.shadow",
    {
        "predictions.champion": "champion-topic-id",
        "predictions.shadow": "shadow-topic-id",
    },
)
"""The prediction topics of tests without a Kafka."""

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Noon of yesterday: when images of tests landed; never too late, never in the future."""

SEVEN = Rectangle("7", 0.9, (10.0, 10.0, 20.0, 20.0))
THREE = Rectangle("3", 0.8, (60.0, 60.0, 20.0, 20.0))


def make_mask(label: str, left: int, top: int, width: int, height: int) -> Mask:
    """A rectangle of pixels of an image of 128 x 128."""
    pixels = np.zeros((128, 128), np.uint8, order="F")
    pixels[top : top + height, left : left + width] = 1
    return Mask(label, 0.7, Rle((128, 128), reference.encode(pixels)["counts"].decode()))


def make_prediction(number: int = 0, slot: str = CHAMPION, **given: Any) -> Prediction:
    """A prediction of the image `number`; images land a second apart, on 4 partitions in turn."""
    image = Image(partition=number % 4, offset=number // 4, width=128, height=128)
    fields: dict[str, Any] = {
        "image_id": f"img{number}",
        "deployment": "digits",
        "slot": slot,
        "model_version": "digits-small@1" if slot == CHAMPION else "digits-large@1",
        "revision": 1,
        "status": "ok",
        "landed_at": NOON + timedelta(seconds=number),
        "predicted_at": NOON + timedelta(seconds=number, milliseconds=5),
        "image": image,
        "latency_ms": Latency(1.25, 0.5, 2.0, 4.0),
        "shapes": [SEVEN, THREE],
    }
    return Prediction(**(fields | given))


def make_failed(number: int = 0, slot: str = CHAMPION, **given: Any) -> Prediction:
    """A prediction of an image that could not be judged."""
    failure = Failure("undecodable", "Not an image.")
    return make_prediction(number, slot, **({"status": "failed", "shapes": [], "error": failure} | given))


def records_of(predictions: Sequence[Prediction | bytes | None], sources: Sources = SOURCES) -> list[Record]:
    """Each prediction as a record on the topic of its slot, offsets counted up per partition.

    Bytes or None stand for a broken value; it goes to partition 0 of the champion's topic.
    """
    ends: Counter[tuple[str, int]] = Counter()
    records = []
    for prediction in predictions:
        topic, partition = _place(prediction, sources)
        records.append(_record(prediction, topic, partition, ends[topic, partition]))
        ends[topic, partition] += 1
    return records


def _place(prediction: Prediction | bytes | None, sources: Sources) -> tuple[str, int]:
    if not isinstance(prediction, Prediction):
        return sources.champion, 0
    topic = sources.champion if prediction.slot == CHAMPION else sources.shadow
    return topic, prediction.image.partition


def _record(prediction: Prediction | bytes | None, topic: str, partition: int, offset: int) -> Record:
    if not isinstance(prediction, Prediction):
        return Record(topic, partition, offset, 0, b"key", prediction, [("slot", b"champion")])
    key, value = prediction.image_id.encode(), encode(prediction)
    return Record(topic, partition, offset, 0, key, value, [*prediction.headers()])
