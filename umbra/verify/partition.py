"""One partition, from its records to what was found: pure but for the reading of the records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from umbra.core.names import CHAMPION
from umbra.kafka.admin import LogRange
from umbra.kafka.record import Record
from umbra.verify.control import Control
from umbra.verify.coverage import Horizon, SlotCoverage, cover
from umbra.verify.expected import Expected
from umbra.verify.judging import Judging
from umbra.verify.ledger import Ledger
from umbra.verify.violation import Findings


@dataclass(frozen=True)
class Reading:
    """One partition number of a topic, to be read once.

    Attributes:
        held: the offsets that are read.
        records: the committed records there, in their order.
    """

    held: LogRange
    records: Iterator[Record]


@dataclass(frozen=True)
class Partition:
    """What there is to hold against each other.

    Attributes:
        number: of the partition, in all three topics.
        committed: slot to the next offset of its group; a slot whose group has none is not named.
    """

    number: int
    images: Reading
    champion: Reading
    shadow: Reading
    committed: Mapping[str, int]


@dataclass(frozen=True)
class Law:
    """What holds for all partitions.

    Attributes:
        topic_id: of the images topic as it is now.
        default_deployment: of images that name none.
    """

    control: Control
    topic_id: str
    default_deployment: str | None = None


@dataclass(frozen=True)
class Examined:
    """What is left of a partition when its records are gone."""

    ledger: Ledger
    slots: dict[str, SlotCoverage]


def examine(partition: Partition, law: Law, findings: Findings) -> Examined:
    """Hold a partition's images and predictions against each other and the control topic."""
    ledger = Ledger(
        partition.number,
        partition.images.held,
        Expected(law.control, law.topic_id, partition.number),
    )
    ledger.land(partition.images.records, law.default_deployment)

    judging = Judging(ledger, law.control, law.topic_id, findings)
    champion = _judge(judging, partition.champion, of_champion=True)
    shadow = _judge(judging, partition.shadow, of_champion=False)

    slots = {
        slot: cover(
            ledger, slot, partition.committed.get(slot), champion if slot == CHAMPION else shadow, findings
        )
        for slot in sorted({CHAMPION, *ledger.columns})
    }
    findings.counts["idle_markers"] += ledger.idle_markers
    findings.counts["mixed"] += ledger.mixed()
    return Examined(ledger, slots)


def _judge(judging: Judging, reading: Reading, *, of_champion: bool) -> Horizon:
    first = next(reading.records, None)
    if first is None:
        return Horizon(reading.held.start)
    judging.judge(chain([first], reading.records), of_champion=of_champion)
    return Horizon(reading.held.start, first.timestamp_ms)
