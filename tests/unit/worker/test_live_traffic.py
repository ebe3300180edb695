"""Whether the champion is behind, by what workers say of themselves."""

import pytest

from umbra.contracts.wire import encode
from umbra.contracts.worker_status import WorkerStatus
from umbra.kafka.record import Record
from umbra.worker.live_traffic import LiveTraffic

NOW_MS = 1_000_000


def said(slot: str, lag: int, images_per_s: float = 0.0, age_ms: int = 0, worker: str = "w") -> Record:
    status = WorkerStatus(
        worker=worker, boot="b", slot=slot, version="1", lag={0: lag}, images_per_s=images_per_s
    )
    return Record("workers", 0, 0, NOW_MS - age_ms, worker.encode(), encode(status), [])


def behind(*records: Record) -> bool:
    traffic = LiveTraffic()
    traffic.take(records, NOW_MS)
    return traffic.behind()


def test_where_nobody_runs_nobody_is_behind() -> None:
    assert not behind()


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (said("champion", 0), False),
        (said("champion", 32), False),
        (said("champion", 33), True),
        (said("champion", 400, images_per_s=1000), False),
        (said("champion", 600, images_per_s=1000), True),
        (said("champion", 600, age_ms=11_000), False),
        (said("shadow", 5000), False),
        (said("replay-1", 5000), False),
    ],
)
def test_a_champion_is_behind_when_more_waits_than_half_a_second_of_its_work(
    record: Record, expected: bool
) -> None:
    assert behind(record) == expected


def test_the_last_word_of_each_worker_counts_and_a_stopped_one_has_none() -> None:
    lagging = said("champion", 500)
    assert not behind(lagging, said("champion", 0))
    assert behind(lagging, said("champion", 0, worker="other"))
    assert not behind(lagging, lagging._replace(value=None))
    assert behind(lagging, lagging._replace(value=b"nonsense"))
