from datetime import UTC, datetime, timedelta

from umbra.contracts.wire import encode
from umbra.contracts.worker_status import WorkerStatus
from umbra.control.roster import Roster
from umbra.kafka.record import Record

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def record(name: str, value: bytes | None, age_s: float = 0.0) -> Record:
    at = NOW - timedelta(seconds=age_s)
    return Record("workers", 0, 0, int(at.timestamp() * 1000), name.encode(), value, [])


def status(name: str) -> bytes:
    return encode(WorkerStatus(worker=name, boot="", slot="champion", version=""))


def test_a_worker_lives_for_ten_seconds_after_its_last_word() -> None:
    roster = Roster()
    roster.take([record("young", status("young"), 9.9), record("old", status("old"), 10.1)])

    assert [worker.worker for worker in roster.live(NOW)] == ["young"]
    assert set(roster.everyone()) == {"young", "old"}


def test_one_that_said_why_it_ended_does_not_live() -> None:
    roster = Roster()
    ended = WorkerStatus(worker="w", boot="", slot="champion", version="", failure="no such device")
    roster.take([record("w", encode(ended))])

    assert roster.live(NOW) == []
    assert roster.everyone()["w"].status.failure == "no such device"


def test_a_tombstone_ends_it_and_a_later_word_brings_it_back() -> None:
    roster = Roster()
    first = roster.take([record("w", status("w")), record("w", None)])
    assert (first.seen, first.gone) == ({}, {"w"})
    assert roster.live(NOW) == []

    second = roster.take([record("w", None), record("w", status("w"))])
    assert (set(second.seen), second.gone) == ({"w"}, set())
    assert len(roster.live(NOW)) == 1


def test_what_nobody_can_read_is_skipped() -> None:
    roster = Roster()

    assert roster.take([record("w", b"{broken"), record("x", status("x"))]).seen.keys() == {"x"}
