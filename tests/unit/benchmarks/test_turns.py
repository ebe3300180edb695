"""Turns of real processes, and what belongs to each."""

import subprocess
import sys
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]
import pytest

from benchmarks.turns import Turn, passages, stopped, take_turns


@pytest.fixture
def busy() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process.pid
        process.kill()


def test_what_is_done_in_a_turn_belongs_to_it_until_the_next_begins() -> None:
    turns = [Turn("a", 10.0, 1.0, 0.5), Turn("b", 12.0, 1.0, 0.25), Turn("a", 14.0, 2.0, 1.0)]

    found = passages(turns, {"a": [15.0, 9.9, 10.0, 10.9, 11.5, 14.0, 99.0], "b": [12.5]})

    assert [(p.done, p.seconds, p.cpu_s) for p in found["a"]] == [(3, 1.0, 0.5), (3, 2.0, 1.0)]
    assert [(p.done, p.seconds, p.cpu_s) for p in found["b"]] == [(1, 1.0, 0.25)]


def test_a_process_works_in_its_turn_alone(busy: int) -> None:
    with stopped(busy) as process:
        idle = psutil.Process()
        turns = take_turns({"busy": process, "other": _Nobody(idle)}, rounds=2, seconds=0.2)
        assert process.status() == psutil.STATUS_STOPPED
    assert [turn.name for turn in turns] == ["busy", "other", "busy", "other"]
    assert psutil.Process(busy).status() != psutil.STATUS_STOPPED


class _Nobody:
    """This process, which is not to be stopped."""

    def __init__(self, process: psutil.Process) -> None:
        self.cpu_times = process.cpu_times

    def send_signal(self, number: int) -> None:
        pass
