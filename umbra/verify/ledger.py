"""What landed in a partition and what was said of it: arrays by offset instead of an object an image."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from umbra.contracts import headers as h
from umbra.core.names import CHAMPION
from umbra.kafka.admin import LogRange
from umbra.kafka.record import Record
from umbra.verify.expected import FIRST, MARKER, NOTHING, UNKNOWN, WAITED_FOR, Expected
from umbra.verify.said import Said

NONE = -1


class Column:
    """What one slot said, by image; all arrays have one element an offset.

    Attributes:
        record: int64, the offset of the prediction's record; NONE where there is none. Of several it is the
            first, which is the one that the monitor pairs.
        revision: int32, the one it names.
        model: int32, an index into the ledger's `models`.
        failed: bool.
        first: the image of the first record that the topic still holds of this slot; None without any.
    """

    def __init__(self, size: int) -> None:
        self.record = np.full(size, NONE, np.int64)
        self.revision = np.zeros(size, np.int32)
        self.model = np.zeros(size, np.int32)
        self.failed = np.zeros(size, np.bool_)
        self.first: int | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """Where there is a prediction."""
        return np.not_equal(self.record, NONE)


class Tally(NamedTuple):
    """Records of one partition of the images topic, by what they are."""

    images: int
    markers: int
    unknown: int
    waited_for: int


class Ledger:
    """One partition.

    Attributes:
        held: the offsets of the images topic that were read.
        landed_ms: int64, the broker's append time; milliseconds since the epoch.
        code: int32, see `expected`.
        models: every ModelVersion that was named, with its number.
        idle_markers: those that stand where nothing starts: forged, copied or doubled.
    """

    def __init__(self, partition: int, held: LogRange, expected: Expected) -> None:
        self.partition = partition
        self.held = held
        self.expected = expected
        size = max(0, held.end - held.start)
        self.landed_ms = np.zeros(size, np.int64)
        self.code = np.zeros(size, np.int32)
        self.columns = {slot: Column(size) for slot in expected.slots()}
        self.models: dict[str, int] = {}
        self.idle_markers = 0

    def land(self, records: Iterable[Record], default_deployment: str | None) -> None:
        """Take in the records of the images topic."""
        start, landed_ms, code = self.held.start, self.landed_ms, self.code
        for record in records:
            at = record.offset - start
            landed_ms[at] = record.timestamp_ms
            code[at] = self._code(record, default_deployment)

    def code_at(self, offset: int) -> int:
        """NOTHING outside of what was read, too."""
        return int(self.code[offset - self.held.start]) if self.holds(offset) else NOTHING

    def holds(self, offset: int) -> bool:
        return self.held.start <= offset < self.held.end

    def column(self, slot: str) -> Column:
        """Made when nobody expected anything of the slot."""
        return self.columns.setdefault(slot, Column(len(self.code)))

    def note(self, said: Said, record: Record) -> int | None:
        """Take in a prediction of an image in `held`; the record that said so before, None for the first."""
        column, at = self.column(said.slot), said.image.offset - self.held.start
        if column.record[at] != NONE:
            return int(column.record[at])
        column.record[at] = record.offset
        column.revision[at] = said.revision
        column.model[at] = self.models.setdefault(said.model_version, len(self.models))
        column.failed[at] = said.status == "failed"
        return None

    def must(self, slot: str) -> NDArray[np.bool_]:
        """Which images must have a prediction of `slot`."""
        wanted = [False] * FIRST + [slot in row.must for row in self.expected.rows]
        return np.array(wanted, np.bool_)[self.code]

    @property
    def first_landed_ms(self) -> int:
        """When the oldest image here landed; 0 without any."""
        landed = self.landed_ms[self.code != NOTHING]
        return int(landed.min()) if len(landed) else 0

    def mixed(self) -> int:
        """Images that champion and shadow judged under different revisions, by shadow slot."""
        champion = self.column(CHAMPION)
        return sum(
            int((champion.present & column.present & (champion.revision != column.revision)).sum())
            for column in self.columns.values()
        )

    def is_applied(self, champion: int, shadow: int) -> bool:
        """Whether everything noted stands below these offsets of the two prediction topics."""
        return all(
            column.record.max(initial=NONE) < (champion if slot == CHAMPION else shadow)
            for slot, column in self.columns.items()
        )

    def tally(self) -> Tally:
        return Tally(
            images=int((self.code > MARKER).sum()),
            markers=int((self.code == MARKER).sum()),
            unknown=int((self.code == UNKNOWN).sum()),
            waited_for=int((self.code == WAITED_FOR).sum()),
        )

    def _code(self, record: Record, default_deployment: str | None) -> int:
        values = h.first_values(record.headers)
        if (key := values.get(h.MARKER)) is not None:
            self.idle_markers += not self.expected.marks(key.decode(errors="replace"), record.offset)
            return MARKER
        named = values.get(h.DEPLOYMENT)
        deployment = named.decode(errors="replace") if named else default_deployment
        return self.expected.code(deployment, record.offset)
