"""JSON in and out. Every value carries `v`; unknown fields are ignored, a greater `v` is refused."""

from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from umbra.core.errors import InvalidMessage

VERSION = 1


class Versioned(Protocol):
    """Every message says its version."""

    @property
    def v(self) -> int: ...


T = TypeVar("T", bound=Versioned)


class _Version(msgspec.Struct):
    v: int = VERSION


_version_decoder = msgspec.json.Decoder(_Version)
_encoder = msgspec.json.Encoder()


def encode(message: object) -> bytes:
    """The JSON bytes of a message."""
    return _encoder.encode(message)


class Decoder(Generic[T]):
    """Reads one kind of message."""

    def __init__(self, message_type: type[T], name: str) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(message_type)
        self._name = name

    def decode(self, raw: bytes | None) -> T:
        """The message in `raw`.

        Raises:
            InvalidMessage: not JSON, a field missing or of another type, or of a newer version;
                the text names the field and the reason.
        """
        if not raw:
            raise InvalidMessage(f"Not a {self._name}: the value is empty.")
        try:
            message = self._decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as err:
            _refuse_newer(raw, self._name)
            raise InvalidMessage(f"Not a {self._name}: {err}.") from err
        except RecursionError as err:
            raise InvalidMessage(f"Not a {self._name}: it is nested too deeply.") from err
        if message.v > VERSION:
            _refuse_newer(raw, self._name)
        return message


def _refuse_newer(raw: bytes, name: str) -> None:
    try:
        version = _version_decoder.decode(raw).v
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if version > VERSION:
        raise InvalidMessage(
            f"This {name} has version {version}, this Umbra reads up to {VERSION}: upgrade the reader first."
        )


def rfc3339(at: datetime) -> str:
    """`2026-11-22T19:00:00.000Z`.

    Args:
        at: aware; shown in UTC to the millisecond.
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_epoch_ms(milliseconds: int) -> datetime:
    """A Kafka timestamp as aware UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
