"""One record of a topic, and its place."""

from collections.abc import Sequence
from typing import NamedTuple

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from umbra.contracts.landing import Landing, parse_landing

Headers = Sequence[tuple[str, bytes | None]]
"""Of any record, whoever wrote it: in their order; names may repeat."""


class Place(NamedTuple):
    """Where a record stands in its topic."""

    partition: int
    offset: int


class Record(NamedTuple):
    """A record as it was read.

    Attributes:
        timestamp_ms: milliseconds since the epoch; the append time on topics with LogAppendTime.
        headers: in their order; names may repeat.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]

    @property
    def next_offset(self) -> int:
        """Where reading goes on behind this record."""
        return self.offset + 1


def from_message(message: Message) -> Record:
    """The record of a message that carries no error."""
    kind, timestamp_ms = message.timestamp()
    return Record(
        message.topic(),  # type: ignore[arg-type]
        message.partition(),  # type: ignore[arg-type]
        message.offset(),  # type: ignore[arg-type]
        0 if kind == TIMESTAMP_NOT_AVAILABLE else timestamp_ms,
        message.key(),
        message.value(),
        message.headers() or [],  # type: ignore[arg-type]
    )


def landing_of(record: Record, default_deployment: str | None = None) -> Landing:
    """The landing that a record of the images topic is; see `contracts.landing.parse_landing`."""
    return parse_landing(
        key=record.key,
        headers=record.headers,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
        default_deployment=default_deployment,
    )
