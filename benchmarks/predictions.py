"""Predictions as workers write them, without workers: five shapes each, champion and shadow of each image."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from benchmarks.installation import NAME, PARTITIONS
from umbra.contracts.prediction import Image, Latency, Prediction, Rectangle, Shape
from umbra.contracts.wire import encode
from umbra.core.names import CHAMPION, SHADOW
from umbra.kafka.record import Record
from umbra.settings import KafkaSettings

SHAPES = 5
PER_SECOND = 1000
"""Images that land in a second: a bucket of ten seconds holds ten thousand."""


def predicted(images: int) -> Iterator[tuple[Prediction, Prediction]]:
    """What champion and shadow say of each image: nearly the same boxes, some other labels."""
    random = np.random.default_rng(0)
    began = datetime.now(UTC) - timedelta(minutes=5)
    for number in range(images):
        landed_at = began + timedelta(seconds=number / PER_SECOND)
        boxes = np.column_stack((random.uniform(0, 100, (SHAPES, 2)), random.uniform(10, 28, (SHAPES, 2))))
        labels = random.integers(0, 10, SHAPES)
        flips = random.random(SHAPES) < 0.1
        champion = _prediction(CHAMPION, number, landed_at, _shapes(boxes, labels, random))
        moved = boxes + random.normal(0, 0.5, boxes.shape)
        other = np.where(flips, (labels + 1) % 10, labels)
        yield champion, _prediction(SHADOW, number, landed_at, _shapes(moved, other, random))


def records(kafka: KafkaSettings, images: int) -> list[Record]:
    """The same as the monitor gets them, champion's and shadow's in turn."""
    return [record(kafka, prediction) for pair in predicted(images) for prediction in pair]


def record(kafka: KafkaSettings, prediction: Prediction) -> Record:
    """A prediction as the monitor gets it."""
    return Record(
        kafka.topics.predictions(prediction.slot),
        prediction.image.partition,
        prediction.image.offset,
        int(prediction.predicted_at.timestamp() * 1000),
        prediction.image_id.encode(),
        encode(prediction),
        list(prediction.headers()),
    )


def _prediction(slot: str, number: int, landed_at: datetime, shapes: list[Shape]) -> Prediction:
    return Prediction(
        image_id=f"image-{number}",
        deployment=NAME,
        slot=slot,
        model_version=f"{slot}@1",
        revision=1,
        status="ok",
        landed_at=landed_at,
        predicted_at=landed_at + timedelta(milliseconds=12),
        image=Image(number % PARTITIONS, number // PARTITIONS, 128, 128, "image/png", 20_113),
        latency_ms=Latency(1.2, 0.4, 0.8, 3.1),
        shapes=shapes,
    )


def _shapes(boxes: Any, labels: Any, random: np.random.Generator) -> list[Shape]:
    scores = random.uniform(0.3, 1, SHAPES).round(6).tolist()
    return [
        Rectangle(str(label), score, tuple(box))
        for label, score, box in zip(labels, scores, boxes.round(3).tolist(), strict=True)
    ]
