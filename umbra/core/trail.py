"""The steps at which a figure is shown over time, each of what landed in some of them before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from umbra.core.judgement import LandingKey
from umbra.core.window import Window

_STEPS = 24
_SPAN = 6
"""Steps: reviews are few, and a quarter of the window has more of them than a step."""


@dataclass(frozen=True, slots=True)
class Trail:
    """
    Attributes:
        begins: of the steps, epoch seconds; multiples of `step_s`, so that they stay while the window moves.
    """

    begins: list[int]
    step_s: int

    @property
    def span_s(self) -> int:
        """A step shows what landed so long before its end."""
        return _SPAN * self.step_s

    def of(self, landings: Sequence[LandingKey]) -> list[tuple[int, int]]:
        """For each step the first and the one behind the last of its landings, which rise."""
        times: NDArray[np.float64] = np.array([key.landed_at.timestamp() for key in landings], np.float64)
        ends = np.array(self.begins, np.float64) + self.step_s
        first, last = np.searchsorted(times, ends - self.span_s), np.searchsorted(times, ends)
        return [(int(a), int(b)) for a, b in zip(first, last, strict=True)]


def trail(window: Window) -> Trail:
    """At most about 24 steps, each some of the window's."""
    step_s = window.step_s * max(1, -(-(len(window.times) - 1) // _STEPS))
    first = int(window.start.timestamp()) // step_s * step_s
    return Trail(list(range(first, int(window.end.timestamp()), step_s)), step_s)
