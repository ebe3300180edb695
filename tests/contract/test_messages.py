"""Golden messages: what was ever written must decode for ever. Never edit a golden file; add one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from umbra.contracts.control import decode_revision, encode_revision
from umbra.contracts.landing import parse_landing
from umbra.contracts.manifest import manifest_decoder, spec_from
from umbra.contracts.prediction import prediction_decoder
from umbra.contracts.replay import decode_replay, encode_replay
from umbra.contracts.wire import encode
from umbra.contracts.worker_status import worker_status_decoder
from umbra.core.errors import InvalidMessage

GOLDEN = Path(__file__).parent / "golden"

DECODERS: dict[str, Callable[[bytes], Any]] = {
    "prediction": prediction_decoder.decode,
    "replay": decode_replay,
    "revision": decode_revision,
    "worker_status": worker_status_decoder.decode,
    "manifest": manifest_decoder.decode,
}


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


def with_in(part: str, field: str, value: object) -> bytes:
    """The golden prediction with another value in one of its parts."""
    message = json.loads(golden("prediction.ok"))
    message[part][field] = value
    return json.dumps(message).encode()


def with_first_shape(**fields: object) -> bytes:
    message = json.loads(golden("prediction.ok"))
    message["shapes"][0] |= fields
    return json.dumps(message).encode()


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_every_golden_message_decodes(path: Path) -> None:
    DECODERS[path.stem.split(".")[0]](path.read_bytes())


@pytest.mark.parametrize("name", ["prediction.classified", "worker_status.replaying", "manifest.open_size"])
def test_what_is_written_today_equals_the_golden_message(name: str) -> None:
    message = DECODERS[name.split(".")[0]](golden(name))
    assert json.loads(encode(message)) == json.loads(golden(name))


@pytest.mark.parametrize(
    "name",
    [
        "prediction.ok",
        "prediction.failed",
        "manifest.digits",
        "manifest.classifier",
        "worker_status.busy",
        "worker_status.ended",
    ],
)
def test_what_was_written_before_fields_were_added_keeps_its_meaning(name: str) -> None:
    message = DECODERS[name.split(".")[0]](golden(name))
    assert holds(json.loads(encode(message)), json.loads(golden(name)))


def holds(now: Any, before: Any) -> bool:
    """Whether all that was there before is there now."""
    if not isinstance(before, dict):
        return bool(now == before)
    return all(key in now and holds(now[key], value) for key, value in before.items())


def test_a_revision_written_today_equals_the_golden_message() -> None:
    revision = decode_revision(golden("revision.active"))
    assert json.loads(encode_revision(revision)) == json.loads(golden("revision.active"))
    assert revision.starts == {0: 12, 1: 0}
    assert spec_from(revision.slots["champion"].spec).manifest.labels == ["0", "1"]


def test_a_replay_written_today_equals_the_golden_message() -> None:
    replay = decode_replay(golden("replay.open"))
    assert json.loads(encode_replay(replay)) == json.loads(golden("replay.open"))
    assert (replay.key, replay.starts, replay.ends) == ("replay/5f0e12ab", {0: 12, 1: 0}, {0: 90, 1: 4})


def test_a_prediction_means_what_it_says() -> None:
    prediction = prediction_decoder.decode(golden("prediction.ok"))
    assert [shape.label for shape in prediction.shapes] == ["7", "a", "b", "c"]
    assert prediction.landed_at.isoformat() == "2026-11-22T19:00:00+00:00"


def test_unknown_fields_are_ignored() -> None:
    future = json.loads(golden("prediction.ok")) | {"colour": "red"}
    assert prediction_decoder.decode(json.dumps(future).encode()).image_id == "img1"


@pytest.mark.parametrize(
    "name", ["prediction.ok", "revision.active", "worker_status.busy", "manifest.digits"]
)
def test_a_newer_version_is_refused_and_says_so(name: str) -> None:
    newer = json.loads(golden(name)) | {"v": 2}
    with pytest.raises(InvalidMessage, match="version 2, this Umbra reads up to 1"):
        DECODERS[name.split(".")[0]](json.dumps(newer).encode())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is empty"),
        (b"{", "Not a prediction"),
        (b"\xff\xfe", "Not a prediction"),
        (b'{"v": 1}', "image_id"),
        (golden("prediction.ok").replace(b'"revision":3', b'"revision":"3"'), r"\$.revision"),
        (with_in("latency_ms", "queue", -1), r"\$.latency_ms.queue"),
        (with_in("latency_ms", "total", 1e300), r"\$.latency_ms.total"),
        (with_in("image", "offset", -1), r"\$.image.offset"),
        (with_first_shape(score=1.5), r"\$.shapes\[0\].score"),
        (with_first_shape(box=[0, 0, 1e300, 1]), r"\$.shapes\[0\].box\[2\]"),
        (with_first_shape(box=[0, 0, -1, 1]), r"\$.shapes\[0\].box\[2\]"),
    ],
)
def test_a_broken_prediction_names_its_field(raw: bytes, words: str) -> None:
    with pytest.raises(InvalidMessage, match=words):
        prediction_decoder.decode(raw)


@pytest.mark.parametrize(
    ("header", "key", "expected"),
    [
        (None, None, "2-7"),
        (None, b"img1", "img1"),
        (b"chosen", b"img1", "chosen"),
        (None, b"\xff\xfe", "2-7"),
        (None, b"k" * 10_000, "2-7"),
        (b"k" * 201, b"img1", "img1"),
        (b"k" * 200, b"img1", "k" * 200),
        (b"a\x00b", None, "2-7"),
    ],
)
def test_an_image_id_is_the_header_else_the_key_else_the_place(
    header: bytes | None, key: bytes | None, expected: str
) -> None:
    headers = [("image-id", header)] if header else []
    landing = parse_landing(key=key, headers=headers, partition=2, offset=7, timestamp_ms=0)
    assert landing.image_id == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("captured-at", b"yesterday"),
        ("captured-at", b"2026-11-22T19:00:00"),
        ("tags", b"[1]"),
        ("metadata", b"[]"),
        ("source", b"\xff"),
        ("metadata", b'{"a": "\\u0000"}'),
    ],
)
def test_a_broken_header_is_a_fault_of_the_landing_that_names_it(name: str, value: bytes) -> None:
    landing = parse_landing(key=b"k", headers=[(name, value)], partition=0, offset=0, timestamp_ms=0)
    assert landing.fault is not None
    assert name in landing.fault
