"""How a record of the images topic is read, whoever wrote it; these rows must hold for ever."""

from datetime import UTC, datetime
from typing import Any

import pytest

from umbra.contracts.headers import Headers
from umbra.contracts.landing import Landing, landing_headers, parse_landing

LANDED_AT = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)

RawHeaders = list[tuple[str, bytes | None]]


def parse(key: bytes | None, headers: RawHeaders | None, default: str | None = None) -> Landing:
    return parse_landing(
        key=key,
        headers=headers,
        partition=2,
        offset=481,
        timestamp_ms=int(LANDED_AT.timestamp() * 1000),
        default_deployment=default,
    )


def test_a_key_a_value_and_the_deployment_are_enough() -> None:
    landing = parse(b"img1", [("deployment", b"digits")])

    assert landing == Landing(
        partition=2, offset=481, landed_at=LANDED_AT, image_id="img1", deployment="digits"
    )


IDS: list[tuple[bytes | None, RawHeaders | None, str]] = [
    (None, None, "2-481"),
    (None, [], "2-481"),
    (b"", [], "2-481"),
    (b"img1", [], "img1"),
    (b"img1", [("image-id", b"chosen")], "chosen"),
    (b"img1", [("image-id", b"")], "img1"),
    (b"img1", [("image-id", None)], "img1"),
    (b"img1", [("image-id", b"first"), ("image-id", b"second")], "first"),
    (b"img1", [("image-id", None), ("image-id", b"second")], "second"),
    (b"img1", [("Image-Id", b"other case")], "img1"),
    (b"cam/1 %2F", [], "cam/1 %2F"),
    ("😀".encode(), [], "😀"),
    (b"k" * 200, [], "k" * 200),
    (b"k" * 201, [], "2-481"),
    (b"k" * 10_000, [], "2-481"),
    ("é".encode() * 100, [], "é" * 100),
    ("é".encode() * 101, [], "2-481"),
    (b"\xff\xfe", [], "2-481"),
    (b"\xc3", [], "2-481"),
    (b"a\x00b", [], "2-481"),
    (b"img1", [("image-id", b"\xff")], "img1"),
    (b"img1", [("image-id", b"h" * 201)], "img1"),
    (b"\xff", [("image-id", b"\xff")], "2-481"),
]


@pytest.mark.parametrize(("key", "headers", "image_id"), IDS)
def test_the_image_id(key: bytes | None, headers: RawHeaders | None, image_id: str) -> None:
    assert parse(key, headers).image_id == image_id


DEPLOYMENTS: list[tuple[RawHeaders, str | None, str | None]] = [
    ([], None, None),
    ([], "digits", "digits"),
    ([("deployment", b"")], "digits", "digits"),
    ([("deployment", None)], "digits", "digits"),
    ([("deployment", b"roads")], "digits", "roads"),
    ([("deployment", b"roads"), ("deployment", b"digits")], None, "roads"),
    ([("deployment", b"\xff")], None, "�"),
    ([("deployment", b"a\x00b")], None, "a�b"),
]


@pytest.mark.parametrize(("headers", "default", "deployment"), DEPLOYMENTS)
def test_the_deployment(headers: RawHeaders, default: str | None, deployment: str | None) -> None:
    landing = parse(b"img1", headers, default)

    assert landing.deployment == deployment
    assert landing.fault is None


DESCRIBED: list[tuple[str, bytes, str, Any]] = [
    ("content-type", b"image/jpeg", "content_type", "image/jpeg"),
    ("captured-at", b"2026-11-22T20:00:00+01:00", "captured_at", LANDED_AT),
    ("captured-at", b"2025-11-22T19:00:00Z", "captured_at", LANDED_AT.replace(year=2025)),
    ("captured-at", b"2026-11-23T15:00:00+20:00", "captured_at", LANDED_AT),
    ("captured-at", b"2027-11-22T19:00:00.5Z", "captured_at", datetime(2027, 11, 22, 19, 0, 0, 500000, UTC)),
    ("source", "Straße 5".encode(), "source", "Straße 5"),
    ("tags", b'["night", "rain"]', "tags", ["night", "rain"]),
    ("tags", b"[]", "tags", []),
    ("metadata", b'{"line": {"n": 3}}', "metadata", {"line": {"n": 3}}),
    ("uri", b"s3://bucket/x", "uri", "s3://bucket/x"),
    ("sha256", b"ab" * 32, "sha256", "ab" * 32),
    ("traceparent", b"00-01-02-01", "traceparent", "00-01-02-01"),
]


@pytest.mark.parametrize(("name", "value", "field", "read"), DESCRIBED)
def test_what_the_producer_says(name: str, value: bytes, field: str, read: Any) -> None:
    landing = parse(b"img1", [("deployment", b"digits"), (name, value), (name, b"a second one")])

    assert landing.fault is None
    assert getattr(landing, field) == read


FAULTS: list[tuple[str, bytes]] = [
    ("captured-at", b"yesterday"),
    ("captured-at", b"2026-11-22T19:00:00"),
    ("captured-at", b"\xff"),
    ("captured-at", b""),
    ("captured-at", b"0001-01-01T00:00:00+14:00"),
    ("captured-at", b"9999-12-31T23:59:59-14:00"),
    ("source", b"\xff"),
    ("source", b"a\x00b"),
    ("tags", b"night"),
    ("tags", b'{"night": 1}'),
    ("tags", b"[1]"),
    ("tags", b'["a\\u0000"]'),
    ("tags", b"\xff"),
    ("metadata", b"[]"),
    ("metadata", b"{"),
    ("metadata", b'{"a": "\\u0000"}'),
    ("metadata", b'{"a":' + b"[" * 100 + b"]" * 100 + b"}"),
    ("metadata", b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    ("metadata", b'{"a":' * 200_000),
    ("uri", b"\xff"),
]


@pytest.mark.parametrize(("name", "value"), FAULTS)
def test_an_unsound_header_is_named(name: str, value: bytes) -> None:
    landing = parse(b"img1", [("deployment", b"digits"), (name, value)])

    assert landing.fault is not None
    assert f"Header {name}" in landing.fault
    assert (landing.image_id, landing.deployment) == ("img1", "digits")


def test_a_clock_a_year_off_moves_nothing() -> None:
    landing = parse(b"img1", [("captured-at", b"2025-11-22T19:00:00Z")])

    assert landing.landed_at == LANDED_AT


def test_unknown_headers_are_passed_over() -> None:
    assert parse(b"img1", [("x-vendor", b"\xff\x00"), ("", None)]).fault is None


def test_what_is_written_is_read() -> None:
    headers: Headers = landing_headers(
        deployment="digits",
        image_id="cam/1 😀",
        content_type="image/png",
        captured_at=LANDED_AT,
        source="cam ß",
        tags=["night"],
        metadata={"n": [1, None]},
        uri="file:///store/images/x",
        sha256="ab" * 32,
        traceparent="00-01-02-01",
    )

    assert parse(None, list(headers)) == Landing(
        partition=2,
        offset=481,
        landed_at=LANDED_AT,
        image_id="cam/1 😀",
        deployment="digits",
        content_type="image/png",
        captured_at=LANDED_AT,
        source="cam ß",
        tags=["night"],
        metadata={"n": [1, None]},
        uri="file:///store/images/x",
        sha256="ab" * 32,
        traceparent="00-01-02-01",
    )


def test_what_is_empty_is_not_written() -> None:
    assert landing_headers(deployment=None, tags=[], metadata={}) == []
