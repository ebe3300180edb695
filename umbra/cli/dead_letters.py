"""Dead letters as a person handles them: found, looked at, put back."""

from typing import Any, NamedTuple

from umbra.contracts import dead_letter
from umbra.contracts import headers as h
from umbra.contracts.landing import image_id
from umbra.contracts.wire import from_epoch_ms, rfc3339
from umbra.core.errors import Refused
from umbra.kafka.admin import Admin
from umbra.kafka.read import read_record, read_topic
from umbra.kafka.record import Place, Record
from umbra.settings import KafkaSettings

_ADDED = frozenset({h.ERROR_CODE, h.ERROR_MESSAGE, h.ORIGIN})


class Origin(NamedTuple):
    """Where a dead letter came from."""

    topic: str
    partition: int
    offset: int


class DeadLetter(NamedTuple):
    """A record of a dead letter queue.

    Attributes:
        code, message: why it is there; empty when the record does not say.
        origin: None when it does not say.
    """

    record: Record
    code: str
    message: str
    origin: Origin | None

    @property
    def place(self) -> str:
        """Where the image landed, as a person writes it: the place that every screen shows.

        A record that does not say where it came from goes by its place in the queue.
        """
        at = self.origin or self.record
        return f"{at.partition}:{at.offset}"

    @property
    def original_headers(self) -> list[tuple[str, bytes | None]]:
        """The headers without those that say why it is here."""
        return [(name, value) for name, value in self.record.headers if name not in _ADDED]

    @property
    def is_reference(self) -> bool:
        """Whether the image itself is still to be read where it came from."""
        return self.record.value is None and h.URI not in {name for name, _ in self.record.headers}

    def as_json(self) -> dict[str, Any]:
        """For scripts and tables."""
        values = h.first_values(self.record.headers)
        origin = self.origin or Origin("", self.record.partition, self.record.offset)
        return {
            "place": self.place,
            "at": rfc3339(from_epoch_ms(self.record.timestamp_ms)),
            "deployment": _text(values.get(h.DEPLOYMENT)),
            "image_id": image_id(values.get(h.IMAGE_ID), self.record.key, origin.partition, origin.offset),
            "code": self.code,
            "message": self.message,
            "origin": None if self.origin is None else dead_letter.origin(*self.origin),
        }


def read_all(settings: KafkaSettings, slot: str) -> list[DeadLetter]:
    """Every dead letter of a slot, oldest first.

    Raises:
        Refused: the slot has no queue.
    """
    topic = settings.topics.dlq(slot)
    if topic not in Admin(settings).partitions():
        raise Refused(
            f"There is no topic {topic}: is the slot called {slot!r}? `umbra topics` makes the topics."
        )
    return [parse(record) for record in read_topic(settings, topic)]


def read_one(settings: KafkaSettings, slot: str, place: str) -> DeadLetter:
    """The newest dead letter of a place.

    Raises:
        Refused: the place is not written `<partition>:<offset>`, or nothing is there.
    """
    partition, offset = parse_place(place)
    found = [letter for letter in read_all(settings, slot) if letter.place == f"{partition}:{offset}"]
    if not found:
        raise Refused(
            f"Slot {slot} has no dead letter of {place}. `umbra dlq list {slot}` shows what it has."
        )
    return found[-1]


def parse(record: Record) -> DeadLetter:
    """A record of a dead letter queue, whoever wrote it."""
    values = h.first_values(record.headers)
    return DeadLetter(
        record,
        _text(values.get(h.ERROR_CODE)) or "",
        _text(values.get(h.ERROR_MESSAGE)) or "",
        _origin(_text(values.get(h.ORIGIN))),
    )


def parse_place(text: str) -> Place:
    """`<partition>:<offset>`; `Refused` when it is not that."""
    partition, _, offset = text.partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise Refused(f"{text!r} is no place: write <partition>:<offset>, like 0:17.")
    return Place(int(partition), int(offset))


def original(settings: KafkaSettings, letter: DeadLetter) -> Record:
    """The record as it landed, its value included.

    Raises:
        Refused: the dead letter only refers to it, and the log does not hold it any more.
    """
    if not letter.is_reference:
        return letter.record._replace(headers=letter.original_headers)
    found = None if letter.origin is None else read_record(settings, *letter.origin)
    if found is None or not _is_same(found, letter):
        came_from = "it does not say where" if letter.origin is None else ":".join(map(str, letter.origin))
        raise Refused(
            f"The image of dead letter {letter.place} is no longer in the log ({came_from}). "
            "Send it again from where you have it."
        )
    return found


def _is_same(found: Record, letter: DeadLetter) -> bool:
    # A topic made anew has other records at the same offsets. A worker drops headers without a value,
    # and all of them when they are too many for a dead letter.
    headers = [(name, value) for name, value in found.headers if value is not None]
    return found.key == letter.record.key and letter.original_headers in ([], headers)


def _origin(text: str | None) -> Origin | None:
    topic, _, place = (text or "").partition(":")
    try:
        return Origin(topic, *parse_place(place)) if topic else None
    except Refused:
        return None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")
