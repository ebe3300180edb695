"""A landing: one record on the images topic, as its key and headers describe it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from umbra.contracts import headers as h
from umbra.contracts.wire import from_epoch_ms, rfc3339
from umbra.core.errors import InvalidMessage

IMAGE_ID_BYTES = 200
"""A longer key or header is no image id."""

METADATA_DEPTH = 100
"""Deeper lists and objects are refused: every reader recurses into them, on a stack of its own."""


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """An image that landed, without its bytes.

    Attributes:
        deployment: None when the record names none.
        landed_at: the broker's append time, UTC.
        uri: where the bytes are when the value is empty (claim check); `sha256` then is required.
        fault: what is wrong with the headers, None when they are sound; such an image gets a failed
            prediction with code `invalid-message`.
    """

    partition: int
    offset: int
    landed_at: datetime
    image_id: str
    deployment: str | None = None
    content_type: str | None = None
    captured_at: datetime | None = None
    source: str | None = None
    tags: list[str] = []
    metadata: dict[str, Any] = {}
    uri: str | None = None
    sha256: str | None = None
    traceparent: str | None = None
    fault: str | None = None


T = TypeVar("T")

_tags_decoder = msgspec.json.Decoder(list[str])
_metadata_decoder = msgspec.json.Decoder(dict[str, Any])


def parse_landing(
    *,
    key: bytes | None,
    headers: Iterable[tuple[str, bytes | None]] | None,
    partition: int,
    offset: int,
    timestamp_ms: int,
    default_deployment: str | None = None,
) -> Landing:
    """Read a record of the images topic; never raises, see `Landing.fault`."""
    values = h.first_values(headers)
    place: dict[str, Any] = {
        "partition": partition,
        "offset": offset,
        "landed_at": from_epoch_ms(timestamp_ms),
        "image_id": image_id(values.get(h.IMAGE_ID), key, partition, offset),
    }
    deployment = _lenient_text(values.get(h.DEPLOYMENT)) or default_deployment
    try:
        return Landing(**place, deployment=deployment, **_described(values))
    except InvalidMessage as err:
        return Landing(**place, deployment=deployment, fault=str(err))


def image_id(header: bytes | None, key: bytes | None, partition: int, offset: int) -> str:
    """The id of an image: its header, else its key, else its place.

    Both must be UTF-8 of 1 to 200 bytes to count.
    """
    for candidate in (header, key):
        if candidate and len(candidate) <= IMAGE_ID_BYTES:
            try:
                text = candidate.decode()
            except UnicodeDecodeError:
                continue
            # PostgreSQL's text cannot hold NUL.
            if "\x00" not in text:
                return text
    return f"{partition}-{offset}"


def landing_headers(
    *,
    deployment: str | None,
    image_id: str | None = None,
    content_type: str | None = None,
    captured_at: datetime | None = None,
    source: str | None = None,
    tags: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
    uri: str | None = None,
    sha256: str | None = None,
    traceparent: str | None = None,
) -> h.Headers:
    """The headers a producer puts on an image; what is None or empty is left out."""
    return h.encode_headers(
        {
            h.DEPLOYMENT: deployment,
            h.IMAGE_ID: image_id,
            h.CONTENT_TYPE: content_type,
            h.CAPTURED_AT: rfc3339(captured_at) if captured_at else None,
            h.SOURCE: source,
            h.TAGS: msgspec.json.encode(tags).decode() if tags else None,
            h.METADATA: msgspec.json.encode(metadata).decode() if metadata else None,
            h.URI: uri,
            h.SHA256: sha256,
            h.TRACEPARENT: traceparent,
        }
    )


def _described(values: dict[str, bytes]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "content_type": _text(values, h.CONTENT_TYPE),
        "source": _text(values, h.SOURCE),
        "uri": _text(values, h.URI),
        "sha256": _text(values, h.SHA256),
        "traceparent": _text(values, h.TRACEPARENT),
    }
    if (captured_at := _text(values, h.CAPTURED_AT)) is not None:
        described["captured_at"] = _time(captured_at)
    if (tags := values.get(h.TAGS)) is not None:
        described["tags"] = _json(_tags_decoder, tags, h.TAGS, "a JSON array of strings")
    if (metadata := values.get(h.METADATA)) is not None:
        described["metadata"] = _json(_metadata_decoder, metadata, h.METADATA, "a JSON object")
    return described


def _text(values: dict[str, bytes], name: str) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError as err:
        raise InvalidMessage(f"Header {name} is not UTF-8: {err.reason} at byte {err.start}.") from err
    if "\x00" in text:
        raise InvalidMessage(f"Header {name} holds a NUL character.")
    return text


def _lenient_text(value: bytes | None) -> str | None:
    return value.decode(errors="replace").replace("\x00", "�") if value else None


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as err:
        raise InvalidMessage(f"Header {h.CAPTURED_AT} is not RFC 3339: {err}.") from err
    if at.tzinfo is None:
        raise InvalidMessage(f"Header {h.CAPTURED_AT} has no time zone: write it like 2026-11-22T19:00:00Z.")
    try:
        return at.astimezone(UTC)
    except OverflowError as err:
        raise InvalidMessage(f"Header {h.CAPTURED_AT} is not within the years 1 to 9999 of UTC.") from err


def _json(decoder: msgspec.json.Decoder[T], value: bytes, name: str, wanted: str) -> T:
    try:
        decoded = decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise InvalidMessage(f"Header {name} is not {wanted}: {err}.") from err
    except RecursionError as err:
        raise _too_deep(name) from err
    # PostgreSQL's text and jsonb cannot hold NUL.
    if b"\\u0000" in value:
        raise InvalidMessage(f"Header {name} holds a NUL character.")
    if value.count(b"[") + value.count(b"{") > METADATA_DEPTH and _deeper(decoded, METADATA_DEPTH):
        raise _too_deep(name)
    return decoded


def _deeper(value: object, depth: int) -> bool:
    """Whether lists and objects stand in one another more than `depth` times."""
    level = [value]
    for _ in range(depth):
        level = [inner for outer in level for inner in _inner(outer)]
    return any(isinstance(left, (dict, list)) for left in level)


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _too_deep(name: str) -> InvalidMessage:
    return InvalidMessage(f"Header {name} is nested deeper than {METADATA_DEPTH} levels.")
