from collections.abc import Sequence

import pytest

from services.monitor.flush import Tally
from services.monitor.reached import CommitsLost
from services.monitor.settling import BATCH_BYTES, settle
from umbra.core.errors import Retryable
from umbra.kafka.record import Record
from umbra.postgres.connection import SchemaMismatch


def record(offset: int, value: bytes = b"fine") -> Record:
    return Record("t", 0, offset, 0, None, value, [])


class Ledger:
    """Applies everything but the value `poison`, and remembers in which parts."""

    def __init__(self, error: Exception | None = None) -> None:
        self.parts: list[list[int]] = []
        self.parked: list[int] = []
        self._error = error or ValueError("poison")

    def flush(self, records: Sequence[Record]) -> Tally:
        if any(record.value == b"poison" for record in records):
            raise self._error
        self.parts.append([record.offset for record in records])
        return Tally(applied=len(records))

    def park(self, record: Record, err: Exception) -> Tally:
        self.parked.append(record.offset)
        return Tally(dead_letters=1)

    def settle(self, records: Sequence[Record]) -> None:
        for _ in settle(records, self.flush, self.park):
            pass


def test_a_sound_batch_is_applied_at_once() -> None:
    ledger = Ledger()
    ledger.settle([record(offset) for offset in range(5)])

    assert (ledger.parts, ledger.parked) == ([[0, 1, 2, 3, 4]], [])


@pytest.mark.parametrize("poisoned", [[0], [4], [2, 3], [0, 1, 2, 3, 4]])
def test_only_what_breaks_the_flush_is_parked_and_the_order_stays(poisoned: list[int]) -> None:
    ledger = Ledger()
    ledger.settle([record(n, b"poison" if n in poisoned else b"fine") for n in range(5)])

    assert ledger.parked == poisoned
    assert [n for part in ledger.parts for n in part] == [n for n in range(5) if n not in poisoned]


@pytest.mark.parametrize("error", [Retryable("away"), SchemaMismatch("no table"), CommitsLost("gone")])
def test_what_is_no_records_fault_parks_none(error: Exception) -> None:
    ledger = Ledger(error)

    with pytest.raises(type(error)):
        ledger.settle([record(0, b"poison"), record(1)])
    assert ledger.parked == []


def test_a_heavy_batch_is_applied_in_parts() -> None:
    ledger = Ledger()
    ledger.settle([record(offset, b"x" * (BATCH_BYTES // 3)) for offset in range(5)])

    assert [n for part in ledger.parts for n in part] == [0, 1, 2, 3, 4]
    assert all(len(part) <= 3 for part in ledger.parts)
