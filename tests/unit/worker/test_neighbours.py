"""Which workers are on a device they should not share."""

import logging
import time

import pytest

from umbra.contracts.wire import encode
from umbra.contracts.worker_status import WorkerStatus
from umbra.kafka.record import Record
from umbra.worker.neighbours import Neighbours, sharing


def status(worker: str, slot: str, device: str | None = "nvidia:0", machine: str = "here") -> WorkerStatus:
    return WorkerStatus(worker=worker, boot="", slot=slot, version="", device=device, machine=machine)


def record(
    told: WorkerStatus, *, gone: bool = False, age_s: float = 0.0, failure: str | None = None
) -> Record:
    told.failure = failure
    at_ms = int((time.time() - age_s) * 1000)
    return Record("workers", 0, 0, at_ms, told.worker.encode(), None if gone else encode(told), [])


def test_champion_and_shadow_on_one_device_share_it() -> None:
    others = [
        status("s0", "shadow"),
        status("s1", "canary"),
        status("c1", "champion"),
        status("s2", "shadow", device="nvidia:1"),
        status("s3", "shadow", machine="elsewhere"),
        status("s4", "shadow", device=None),
    ]
    assert sharing("champion", "nvidia:0", "here", others) == ["s0", "s1"]
    assert sharing("shadow", "nvidia:0", "here", others) == ["c1"]


def test_it_warns_once_when_somebody_comes_and_says_when_nobody_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    follower: None = None
    neighbours = Neighbours(follower, "champion", "nvidia:0", "here")  # type: ignore[arg-type]
    shadow = status("s0", "shadow")

    neighbours.take([record(shadow)])
    neighbours.take([record(shadow)])
    assert neighbours.names == ["s0"]
    (warning,) = caplog.records
    assert "share the device nvidia:0" in warning.getMessage()

    neighbours.take([record(shadow, gone=True)])
    assert neighbours.names == []
    assert "not shared any more" in caplog.records[-1].getMessage()


def test_the_dead_and_the_unreadable_do_not_count() -> None:
    neighbours = Neighbours(None, "champion", "nvidia:0", "here")  # type: ignore[arg-type]
    neighbours.take(
        [
            record(status("silent", "shadow"), age_s=11),
            record(status("ended", "shadow"), failure="out of memory"),
            Record("workers", 0, 0, int(time.time() * 1000), b"broken", b"{", []),
        ]
    )
    assert neighbours.names == []
