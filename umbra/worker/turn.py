"""When a replay may judge its next images: others come first."""

import time
from collections.abc import Callable
from dataclasses import dataclass

SHARE = 0.25
"""Of one core: what a replay that holds back takes in the mean (measured in docs/benchmarks.md)."""

IMAGES = 8
"""Of its batches: one of 64 keeps a core for longer than the live workers' own batches do."""

_LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a replay keeps to.

    Attributes:
        rate: most images a second; None: no bound.
        share: of one core that this process may take in the mean; None: all it can get.
    """

    rate: float | None
    share: float | None


class Turn:
    """Used by one thread.

    Args:
        held_up: whether the live workers are behind, and it had better wait.
        now: seconds that always grow; `cpu` those this process has computed.
    """

    def __init__(
        self,
        bounds: Bounds,
        held_up: Callable[[], bool],
        now: Callable[[], float] = time.monotonic,
        cpu: Callable[[], float] = time.process_time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._bounds = bounds
        self._held_up = held_up
        self._now = now
        self._cpu = cpu
        self._sleep = sleep
        self._next_at = now()
        self._looked_at, self._computed_s = now(), cpu()
        self._debt_s = 0.0

    def come(self, images: int, timeout_s: float) -> bool:
        """Whether so many images may be judged now, waited for up to `timeout_s`."""
        deadline = self._now() + timeout_s
        while (wait_s := self._wait_s()) > 0:
            left_s = deadline - self._now()
            if left_s <= 0:
                return False
            self._sleep(min(wait_s, left_s))
        if self._bounds.rate is not None:
            self._next_at = max(self._next_at, self._now()) + images / self._bounds.rate
        return True

    def _wait_s(self) -> float:
        if self._held_up():
            return _LOOK_EVERY_S
        return max(self._next_at - self._now(), self._owed_s())

    def _owed_s(self) -> float:
        """How long to compute nothing until the share is kept again; what was not used is not saved up."""
        now, computed_s = self._now(), self._cpu()
        elapsed_s, used_s = now - self._looked_at, computed_s - self._computed_s
        self._looked_at, self._computed_s = now, computed_s
        if self._bounds.share is None:
            return 0.0
        self._debt_s = max(0.0, self._debt_s + used_s - self._bounds.share * elapsed_s)
        return self._debt_s / self._bounds.share
