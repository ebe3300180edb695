"""From records to judgements: what can be read, what comes too late, what nobody can read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from services.monitor.sources import Sources
from umbra.contracts.judgement import judgement_of
from umbra.contracts.prediction import Prediction, prediction_decoder
from umbra.core.errors import InvalidMessage
from umbra.core.judgement import Judgement
from umbra.core.names import CHAMPION
from umbra.kafka.record import Record

_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The landing times that are taken: from `oldest`, which PostgreSQL still keeps, to `newest`."""

    oldest: datetime
    newest: datetime

    @classmethod
    def kept(cls, now: datetime, days: int) -> "Span":
        """The last `days` whole days; ahead, what clocks may differ by."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(midnight - timedelta(days=days - 1), now + _CLOCKS_DIFFER)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A prediction that can be applied: its record and what it says."""

    record: Record
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Broken:
    """A record nobody can read, and why."""

    record: Record
    reason: str


@dataclass(slots=True)
class Reading:
    """A batch, sorted by what becomes of each record."""

    arrivals: list[Arrival] = field(default_factory=list)
    too_late: list[Record] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    @property
    def days(self) -> set[date]:
        """The UTC days the readable predictions landed on."""
        return {arrival.judgement.landing.landed_at.astimezone(UTC).date() for arrival in self.arrivals}


def read(records: Iterable[Record], sources: Sources, span: Span) -> Reading:
    """Sort records, in their order."""
    reading = Reading()
    for record in records:
        try:
            judgement = judgement_of(_prediction(record, sources, span))
        except InvalidMessage as err:
            reading.broken.append(Broken(record, str(err)))
            continue
        if judgement.landing.landed_at < span.oldest:
            reading.too_late.append(record)
        else:
            reading.arrivals.append(Arrival(record, judgement))
    return reading


def _prediction(record: Record, sources: Sources, span: Span) -> Prediction:
    prediction: Prediction = prediction_decoder.decode(record.value)
    if b"\\u0000" in (record.value or b""):
        raise InvalidMessage("A text in this prediction holds a NUL character, which PostgreSQL cannot keep.")
    _check_place(prediction, record, sources)
    _check_time(prediction, span)
    return prediction


def _check_place(prediction: Prediction, record: Record, sources: Sources) -> None:
    if prediction.image.partition != record.partition:
        raise InvalidMessage(
            f"It is about an image of partition {prediction.image.partition} and stands in partition "
            f"{record.partition}: a prediction goes to the partition number of its image."
        )
    if (record.topic == sources.champion) != (prediction.slot == CHAMPION):
        raise InvalidMessage(f"A prediction of slot {prediction.slot} does not belong on {record.topic}.")


def _check_time(prediction: Prediction, span: Span) -> None:
    if prediction.landed_at.tzinfo is None:
        raise InvalidMessage("landed_at has no time zone: write it like 2026-11-22T19:00:00.000Z.")
    if prediction.landed_at > span.newest:
        raise InvalidMessage(
            f"landed_at {prediction.landed_at.isoformat()} is in the future: it is the broker's append time, "
            "so check the clocks of the brokers and of this host."
        )
    for at in (prediction.captured_at, prediction.predicted_at):
        _check_year(at)


def _check_year(at: datetime | None) -> None:
    try:
        _ = at and at.astimezone(UTC)
    except OverflowError as err:
        raise InvalidMessage(f"A time in this prediction, {at}, is not within the years 1 to 9999.") from err
