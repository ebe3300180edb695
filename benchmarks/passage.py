"""Images or predictions that went through something: how fast, at what cost."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np


class Passage(NamedTuple):
    """
    Attributes:
        done: how many.
        cpu_s: of the process that did it; user and system, all threads.
    """

    done: int
    seconds: float
    cpu_s: float

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU microseconds for each; infinite when nothing was done."""
        return self.cpu_s / self.done * 1e6 if self.done else inf


class Clocked(NamedTuple):
    """The CPU seconds a process had used at a moment (seconds since the epoch)."""

    at: float
    cpu_s: float


def steady(done_at: Sequence[float], clock: Sequence[Clocked]) -> Passage:
    """The middle of a passage, where a pipeline is neither filling nor running dry.

    Args:
        done_at: when each was done, in seconds since the epoch, in any order; ten at least.
        clock: of the process, in order of time, at least from the first to the last of `done_at`.

    Returns:
        What happened from when 10 % were done until 95 % were.
    """
    ordered = np.sort(np.asarray(done_at))
    begin, end = ordered[len(ordered) // 10], ordered[len(ordered) * 95 // 100]
    cpu_begin, cpu_end = np.interp([begin, end], [c.at for c in clock], [c.cpu_s for c in clock])
    count = np.searchsorted(ordered, end, "right") - np.searchsorted(ordered, begin, "right")
    return Passage(int(count), float(end - begin), float(cpu_end - cpu_begin))
