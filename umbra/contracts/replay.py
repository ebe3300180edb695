"""Replays on the control topic: key `replay/<id>`, value the whole replay."""

from datetime import datetime
from typing import Any

import msgspec

from umbra.contracts.wire import VERSION, Decoder, encode
from umbra.core.replay import KEY_PREFIX, Replay, ReplayState
from umbra.core.revision import Assignment


class ReplayRecord(msgspec.Struct, kw_only=True):
    """`core.Replay` as it crosses the wire."""

    id: str
    deployment: str
    model: Assignment
    state: ReplayState
    topic_id: str
    starts: dict[int, int]
    ends: dict[int, int]
    since: datetime
    requested_at: datetime
    requested_by: str = "anonymous"
    reason: str | None = None
    rate: float | None = None
    yields: bool = True
    failure: str | None = None
    v: int = VERSION


_decoder = Decoder(ReplayRecord, "replay")


def is_replay_key(key: bytes | None) -> bool:
    """Whether a record of the control topic with this key is a replay's."""
    return key is not None and key.startswith(KEY_PREFIX.encode())


def encode_replay(replay: Replay) -> bytes:
    """The value of a replay's control record."""
    fields: dict[str, Any] = {name: getattr(replay, name) for name in Replay.__dataclass_fields__}
    return encode(ReplayRecord(**fields))


def decode_replay(raw: bytes | None) -> Replay:
    """The replay of a control record's value.

    Raises:
        InvalidMessage: see `wire.Decoder.decode`.
    """
    record = _decoder.decode(raw)
    return Replay(**{name: getattr(record, name) for name in Replay.__dataclass_fields__})
