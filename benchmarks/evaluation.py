"""How long does the evaluation of so many reviewed images take, and how long after one more review?"""

import contextlib
import io
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from benchmarks import detectors
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import NAME
from benchmarks.predictions import predicted, record
from benchmarks.results import Answer, Goal, Row
from benchmarks.statistics import Estimate, estimate, ratio
from services.api.evaluation.evaluator import Evaluator
from services.monitor.flush import SESSION, flush
from services.monitor.reading import Span
from services.monitor.sources import Sources
from umbra.contracts.evaluated import said_of, truth_of
from umbra.contracts.http.evaluation import Evaluation, Value
from umbra.contracts.manifest import Artifact, Spec, spec_to_builtins
from umbra.contracts.prediction import Prediction, Rectangle
from umbra.control.stage import stage
from umbra.core.change import Create, Request
from umbra.core.evaluation_matched import matched_objects
from umbra.core.evaluation_objects import ImageDetections, ImageTruths
from umbra.core.evaluation_weighed import WeighedObjects
from umbra.core.judgement import LandingKey
from umbra.core.names import CHAMPION, SHADOW
from umbra.core.resampling import drawn
from umbra.core.revision import Assignment
from umbra.core.window import window
from umbra.postgres import reviews, revisions
from umbra.postgres.connection import Connection, connect
from umbra.postgres.reviews import Landing, NewReview
from umbra.settings import KafkaSettings, PostgresSettings

Pair = tuple[Prediction, Prediction]

_GOAL_IMAGES = 10_000
_BATCH = 1000


def measure(ground: Ground, effort: Effort) -> Answer:
    rows = {images: _measured(ground, images, effort.repeats) for images in effort.evaluated}
    goal = rows[_GOAL_IMAGES]
    return Answer(
        "evaluation",
        "Evaluation of champion and shadow, 5 boxes and 5 ground truths an image, everything in PostgreSQL",
        [Row(f"{images:,} reviewed images", figures) for images, figures in rows.items()],
        [
            Goal("evaluation of 10,000 images, s, asked for the first time:", "at most", 3, goal["s, first"]),
            Goal("evaluation of 10,000 images, s, after a correction:", "at most", 5, goal["s, corrected"]),
        ],
        [
            "First: by a process that knows nothing yet; reading and decoding are most of it.",
            "faster-coco-eval: its evaluation alone, of both ModelVersions, from annotations in memory; "
            "AP and AR are asserted to be equal.",
            "Intervals: those of both ModelVersions and of their difference, by resampling what was matched.",
        ],
    )


def _measured(ground: Ground, images: int, repeats: int) -> dict[str, Estimate]:
    pairs = list(predicted(images))
    postgres = ground.new_database()
    first, corrected, library = [], [], []
    intervals = [_intervals(pairs) for _ in range(repeats)]
    with connect(postgres, "bench") as db:
        _fill(db, postgres, pairs)
        for number in range(repeats):
            evaluator = Evaluator()
            seconds, _ = _evaluated(evaluator, db)
            first.append(seconds)
            _correct(db, pairs[number])
            seconds, found = _evaluated(evaluator, db)
            corrected.append(seconds)
            corrections = {pair[0].image_id for pair in pairs[: number + 1]}
            seconds, figures = _by_library(pairs, corrections)
            library.append(seconds)
            _assert_equal(found, figures)
    return {
        "s, first": estimate(first),
        "s, corrected": estimate(corrected),
        "s, faster-coco-eval": estimate(library),
        "corrected to it": ratio(corrected, library),
        "s, intervals of it": estimate(intervals),
    }


def _evaluated(evaluator: Evaluator, db: Connection) -> tuple[float, Evaluation]:
    now = datetime.now(UTC)
    began = time.perf_counter()
    found = evaluator.evaluate(db, NAME, window(now, "1h"), now)
    seconds = time.perf_counter() - began
    if found is None:
        raise AssertionError("There is no deployment.")
    return seconds, found


def _fill(db: Connection, postgres: PostgresSettings, pairs: Sequence[Pair]) -> None:
    """A deployment, its predictions as the monitor keeps them, a review for each image."""
    kafka = KafkaSettings(kafka_bootstrap="nowhere:9092")
    change = Create(_assignment(f"{CHAMPION}@1"), {SHADOW: _assignment(f"{SHADOW}@1")})
    staged = stage(db, Request(NAME, change, at=datetime.now(UTC)))
    revisions.settle(db, staged.activate("images", {0: 0}))
    topics = [kafka.topics.predictions(slot) for slot in (CHAMPION, SHADOW)]
    sources = Sources(topics[0], topics[1], {topic: topic for topic in topics})
    span = Span.kept(datetime.now(UTC), days=2)
    with connect(postgres, "bench", **SESSION) as monitor:
        for at in range(0, len(pairs), _BATCH):
            batch = pairs[at : at + _BATCH]
            flush(monitor, [record(kafka, said) for pair in batch for said in pair], sources, span)
            reviews.add(db, [_review(pair, _truth(pair)) for pair in batch], shapes_alone=True)
    db.execute("ANALYZE umbra.review")
    db.execute("ANALYZE umbra.prediction")


def _assignment(model_version: str) -> Assignment:
    artifact = Artifact(uri="none", sha256="0" * 64, bytes=1)
    spec = Spec(artifact=artifact, manifest=detectors.digits().manifest)
    return Assignment(model_version, spec_to_builtins(spec))


def _correct(db: Connection, pair: Pair) -> None:
    reviews.add(db, [_review(pair, [])], shapes_alone=True)


def _truth(pair: Pair) -> list[dict[str, Any]]:
    """What is there: what the champion says, but for one of its five shapes and one that is another label."""
    shapes = [shape for shape in pair[0].shapes[:-1] if isinstance(shape, Rectangle)]
    labels = [str((int(shapes[0].label) + 3) % 10), *(shape.label for shape in shapes[1:])]
    return [
        {"type": "rectangle", "label": label, "box": list(shape.box)}
        for label, shape in zip(labels, shapes, strict=True)
    ]


def _review(pair: Pair, shapes: list[dict[str, Any]]) -> NewReview:
    said = pair[0]
    key = LandingKey(said.landed_at, said.image.partition, said.image.offset)
    landing = Landing(said.image_id, key, said.image.width, said.image.height, {})
    return NewReview(landing, NAME, "detection", shapes, "bench")


def _by_library(pairs: Sequence[Pair], empty: set[str]) -> tuple[float, list[float]]:
    """Seconds, and AP and AR of champion and shadow.

    Args:
        empty: image ids whose review says that nothing is there.
    """
    truths = [[] if pair[0].image_id in empty else _truth(pair) for pair in pairs]
    figures: list[float] = []
    seconds = 0.0
    with contextlib.redirect_stdout(io.StringIO()):
        there = COCO(_coco(truths))
        for slot in range(2):
            said = there.loadRes(_results(pairs, slot))
            began = time.perf_counter()
            run = COCOeval_faster(there, said, "bbox")
            run.evaluate()
            run.accumulate()
            run.summarize()
            seconds += time.perf_counter() - began
            figures += [float(run.stats[0]), float(run.stats[8])]
    return seconds, figures


def _intervals(pairs: Sequence[Pair]) -> float:
    """Seconds for the intervals alone of champion and shadow."""
    truths = [truth_of("detection", _json(_truth(pair)), None) for pair in pairs]
    there = [truth for truth in truths if isinstance(truth, ImageTruths)]
    seconds = 0.0
    for slot in range(2):
        said = [said_of("detection", _json(pair[slot].shapes), "[]", there[0], None) for pair in pairs]
        detected = [image for image in said if isinstance(image, ImageDetections)]
        weighed = WeighedObjects.of(matched_objects(there, detected, [str(label) for label in range(10)]))
        began = time.perf_counter()
        weighed.samples(drawn(len(pairs)))
        seconds += time.perf_counter() - began
    return seconds


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _coco(truths: Sequence[list[dict[str, Any]]]) -> dict[str, Any]:
    annotations = [
        {
            "image_id": number,
            "category_id": int(shape["label"]) + 1,
            "bbox": shape["box"],
            "area": shape["box"][2] * shape["box"][3],
            "iscrowd": 0,
        }
        for number, shapes in enumerate(truths)
        for shape in shapes
    ]
    return {
        "images": [{"id": number, "width": 128, "height": 128} for number in range(len(truths))],
        "annotations": [annotation | {"id": at} for at, annotation in enumerate(annotations, 1)],
        "categories": [{"id": label + 1, "name": str(label)} for label in range(10)],
    }


def _results(pairs: Sequence[Pair], slot: int) -> list[dict[str, Any]]:
    return [
        {
            "image_id": number,
            "category_id": int(shape.label) + 1,
            "bbox": list(shape.box),
            "score": shape.score,
        }
        for number, pair in enumerate(pairs)
        for shape in sorted(pair[slot].shapes, key=lambda shape: -shape.score)
        if isinstance(shape, Rectangle)
    ]


def _assert_equal(found: Evaluation, figures: Sequence[float]) -> None:
    mine = [_number(value) for version in found.versions for value in (version.ap, version.ar)]
    if not np.allclose(mine, figures, rtol=0, atol=1e-9):
        raise AssertionError(f"AP and AR are {mine}, by faster-coco-eval {figures}.")


def _number(value: Value | None) -> float:
    if value is None or value.value is None:
        raise AssertionError("There is no figure.")
    return value.value
