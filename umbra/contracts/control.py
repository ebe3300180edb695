"""The control topic: key `<deployment>@<revision>`, value the whole revision."""

from datetime import datetime
from typing import Any

import msgspec

from umbra.contracts.wire import VERSION, Decoder, encode
from umbra.core.revision import Assignment, Kind, Revision, State


class RevisionRecord(msgspec.Struct, kw_only=True):
    """`core.Revision` as it crosses the wire."""

    deployment: str
    revision: int
    kind: Kind
    state: State
    slots: dict[str, Assignment]
    requested_at: datetime
    requested_by: str = "anonymous"
    reason: str | None = None
    based_on: int | None = None
    immediate: bool = False
    topic_id: str | None = None
    starts: dict[int, int] = {}
    failure: str | None = None
    v: int = VERSION


_decoder = Decoder(RevisionRecord, "revision")


def encode_revision(revision: Revision) -> bytes:
    """The value of a revision's control record."""
    fields: dict[str, Any] = {name: getattr(revision, name) for name in Revision.__dataclass_fields__}
    return encode(RevisionRecord(**fields))


def decode_revision(raw: bytes | None) -> Revision:
    """The revision of a control record's value.

    Raises:
        InvalidMessage: see `wire.Decoder.decode`.
    """
    record = _decoder.decode(raw)
    return Revision(**{name: getattr(record, name) for name in Revision.__dataclass_fields__})
