"""The records a judged task becomes."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.unit.worker.records import make_image, make_revision
from umbra.contracts import dead_letter as d
from umbra.contracts.headers import first_values
from umbra.contracts.manifest import Input, Manifest
from umbra.contracts.prediction import prediction_decoder
from umbra.core.detections import Detections
from umbra.core.errors import ImageError
from umbra.kafka.record import Record, landing_of
from umbra.worker.letters import LARGEST_BYTES, answer, dead_letter
from umbra.worker.work import DeadLetter, Task

AT = datetime(2026, 11, 22, 19, 0, 1, tzinfo=UTC)
LANDED_MS = int(AT.timestamp() * 1000) - 1000
MANIFEST = Manifest(
    name="m",
    task="detection",
    head="yolov8-detect",
    labels=["0", "1"],
    input=Input(name="images", size=(8, 8)),
)


def task(record: Record, outcome: object) -> Task:
    landing = landing_of(record)
    polled_at = AT.timestamp() - 0.25
    made = Task(record, landing, make_revision(3, {0: 0}), polled_at, manifest=MANIFEST)
    made.outcome = outcome  # type: ignore[assignment]
    return made


def found(*scores: float) -> Detections:
    boxes = np.ones((len(scores), 4), np.float32)
    return Detections(boxes, np.array(scores, np.float32), np.zeros(len(scores), np.int64))


def test_a_good_answer_splits_shapes_from_candidates() -> None:
    letter = answer(task(make_image(7, timestamp_ms=LANDED_MS), found(0.9, 0.1)), "champion", AT)
    prediction = prediction_decoder.decode(letter.value)
    assert ([s.score for s in prediction.shapes], [s.score for s in prediction.candidates]) == ([0.9], [0.1])
    assert (prediction.latency_ms.queue, prediction.latency_ms.total) == (750.0, 250.0)
    assert first_values(letter.headers) == {
        "deployment": b"digits",
        "slot": b"champion",
        "model-version": b"m@3",
        "revision": b"3",
    }


def test_a_broker_clock_ahead_of_ours_gives_no_negative_queue() -> None:
    letter = answer(task(make_image(timestamp_ms=LANDED_MS + 10**9), found()), "champion", AT)
    assert prediction_decoder.decode(letter.value).latency_ms.queue == 0.0


def test_a_failed_answer_has_no_shapes_and_says_why() -> None:
    letter = answer(task(make_image(), ImageError(d.UNDECODABLE, "cut off")), "shadow", AT)
    prediction = prediction_decoder.decode(letter.value)
    assert (prediction.status, prediction.shapes) == ("failed", [])
    assert prediction.error is not None
    assert (prediction.error.code, prediction.error.message) == ("undecodable", "cut off")


@pytest.mark.parametrize(("metadata", "traceparent"), [(3_995_000, 0), (0, 2_100_000)])
def test_an_answer_too_large_becomes_a_small_failed_one(metadata: int, traceparent: int) -> None:
    headers = [("metadata", b'{"x":"' + b"y" * metadata + b'"}'), ("traceparent", b"z" * traceparent)]
    bulky = task(make_image(headers=headers), found(0.9))
    letter = answer(bulky, "champion", AT)
    assert letter.bytes() < 10_000
    assert isinstance(bulky.outcome, ImageError)
    assert bulky.outcome.code == d.OUTPUT_TOO_LARGE


def test_only_an_image_at_fault_takes_its_bytes_into_the_dlq() -> None:
    for code in d.CODES:
        letter = dead_letter(DeadLetter(make_image(5, partition=2), code, "why"))
        assert letter.value == (b"image" if code in d.IMAGE_AT_FAULT else None)
        values = first_values(letter.headers)
        assert (values["error-code"], values["origin"]) == (code.encode(), b"umbra.images:2:5")


@pytest.mark.parametrize(
    ("key", "value", "header"),
    [(0, 3_995_000, 0), (0, 2_000_000, 1_995_000), (0, 0, 3_995_000), (3_995_000, 0, 0)],
)
def test_a_dead_letter_always_fits_its_topic(key: int, value: int, header: int) -> None:
    record = make_image(key=b"k" * key, value=b"v" * value, headers=[("h", b"x" * header)])
    letter = dead_letter(DeadLetter(record, d.UNDECODABLE, "why"))
    assert letter.bytes() <= LARGEST_BYTES
    assert first_values(letter.headers)["error-code"] == b"undecodable"


def test_a_dead_letter_fits_whatever_its_message_quotes() -> None:
    letter = dead_letter(
        DeadLetter(make_image(), d.UNKNOWN_DEPLOYMENT, "\N{REPLACEMENT CHARACTER}" * 4_000_000)
    )
    assert letter.bytes() <= LARGEST_BYTES


def test_the_lengths_of_many_headers_count() -> None:
    record = make_image(value=b"", headers=[("", b"")] * 2_000_000)
    letter = dead_letter(DeadLetter(record, d.UNDECODABLE, "why"))
    assert len(letter.headers) < 10
