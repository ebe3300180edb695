"""Processes that take turns: while one works, the others are stopped.

A shared machine changes from one second to the next. What is compared therefore runs in short turns, and each
turn is held against those beside it.
"""

import signal
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]

from benchmarks.passage import Passage


class Turn(NamedTuple):
    """One process had the machine, from `began` on for so many seconds (since the epoch)."""

    name: str
    began: float
    seconds: float
    cpu_s: float


@contextmanager
def stopped(pid: int) -> Iterator[psutil.Process]:
    """A process that works only when it is resumed; resumed for good in the end."""
    process = psutil.Process(pid)
    process.send_signal(signal.SIGSTOP)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)


def take_turns(processes: Mapping[str, psutil.Process], rounds: int, seconds: float) -> list[Turn]:
    """Let each of the stopped processes work for `seconds`, in turn, `rounds` times."""
    return [_turn(name, process, seconds) for _ in range(rounds) for name, process in processes.items()]


def passages(turns: Sequence[Turn], done_at: Mapping[str, Sequence[float]]) -> dict[str, list[Passage]]:
    """What was done in each turn, by name.

    Args:
        done_at: when each thing was done, by name, in seconds since the epoch, in any order.
    """
    ordered = {name: sorted(moments) for name, moments in done_at.items()}
    ends = [following.began for _, following in pairwise(turns)] + [float("inf")]
    found: dict[str, list[Passage]] = {name: [] for name in done_at}
    for turn, end in zip(turns, ends, strict=True):
        moments = ordered[turn.name]
        # The brokers may still write down what a process asked for last, and nobody else's meanwhile.
        done = bisect_left(moments, end) - bisect_left(moments, turn.began)
        found[turn.name].append(Passage(done, turn.seconds, turn.cpu_s))
    return found


def _turn(name: str, process: psutil.Process, seconds: float) -> Turn:
    cpu_began, began = _cpu_s(process), time.time()
    process.send_signal(signal.SIGCONT)
    time.sleep(seconds)
    process.send_signal(signal.SIGSTOP)
    lasted = time.time() - began
    return Turn(name, began, lasted, _cpu_s(process) - cpu_began)


def _cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)
