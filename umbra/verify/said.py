"""A prediction as the proof reads it: what it is about, and who made it under which revision."""

from datetime import datetime
from typing import Literal

import msgspec

from umbra.contracts.wire import VERSION, Decoder
from umbra.core.errors import InvalidMessage


class _Image(msgspec.Struct):
    partition: int
    offset: int


class Said(msgspec.Struct, kw_only=True):
    """The few fields of a prediction that the proof is about; the others are not even decoded."""

    deployment: str
    slot: str
    model_version: str
    revision: int
    status: Literal["ok", "failed"]
    landed_at: datetime
    image: _Image
    v: int = VERSION

    @property
    def landed_ms(self) -> int:
        """Milliseconds since the epoch, as the broker stamped the image."""
        return round(self.landed_at.timestamp() * 1000)

    @property
    def judge(self) -> str:
        return f"revision {self.revision} ({self.model_version})"


_decoder = Decoder(Said, "prediction")


def read_said(raw: bytes | None) -> Said:
    """
    Raises:
        InvalidMessage: nobody can read it; the text says why.
    """
    said = _decoder.decode(raw)
    if said.landed_at.tzinfo is None:
        raise InvalidMessage("Not a prediction: landed_at has no time zone.")
    return said
