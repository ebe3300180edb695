"""Records and revisions for the worker's tests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from umbra.contracts.marker import marker_headers
from umbra.core.revision import Assignment, Revision
from umbra.kafka.record import Record

TOPIC_ID = "topic-one"


def make_image(
    offset: int = 0, partition: int = 0, deployment: str | None = "digits", **given: Any
) -> Record:
    headers = [("deployment", deployment.encode())] if deployment else []
    fields = {"timestamp_ms": 0, "key": b"img", "value": b"image", "headers": headers}
    return Record("umbra.images", partition, offset, **{**fields, **given})


def make_marker(key: str, offset: int, partition: int = 0) -> Record:
    return make_image(offset, partition, headers=list(marker_headers(key)), key=None, value=b"")


def make_revision(number: int, starts: Mapping[int, int] | None, **given: Any) -> Revision:
    """Active with `starts`, staged without; digits, with a champion and a shadow."""
    slots = {"champion": Assignment(f"m@{number}", {}), "shadow": Assignment(f"s@{number}", {})}
    state = "staged" if starts is None else "active"
    fields: dict[str, Any] = {"kind": "create", "state": state, "slots": slots, "topic_id": TOPIC_ID}
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Revision("digits", number, requested_at=at, starts=starts or {}, **{**fields, **given})
