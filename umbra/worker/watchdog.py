"""Ends a process that hangs: the supervisor starts it again, and nothing was committed by halves."""

import threading
import time
from collections.abc import Callable

from umbra.worker.flights import Flights
from umbra.worker.metrics import Metrics
from umbra.worker.pace import Pace

LOOK_EVERY_S = 1.0
PATIENCE_S = 20.0
TIMES_SLOWEST = 20.0


class Watchdog:
    """Looks whether something moves while batches are in flight."""

    def __init__(self, flights: Flights, metrics: Metrics, pace: Pace) -> None:
        self._flights = flights
        self._metrics = metrics
        self._pace = pace
        self._moves = -1
        self._still_since = 0.0

    def look(self, now: float) -> str | None:
        """Judge the moment `now` (seconds, monotonic): why the process hangs, None when it does not."""
        moves = self._metrics.moves
        if moves != self._moves or not self._flights.up:
            self._moves, self._still_since = moves, now
            return None
        still_s = now - self._still_since
        if still_s <= max(PATIENCE_S, TIMES_SLOWEST * self._pace.image_s):
            return None
        return f"No image was finished for {still_s:.0f} s though {self._flights.up} batches are in flight."

    def run(self, closing: threading.Event, end: Callable[[str], None]) -> None:
        """Look until closing; `end` is called once, with the reason, when the process hangs."""
        while not closing.wait(LOOK_EVERY_S):
            reason = self.look(time.monotonic())
            if reason is not None:
                end(reason)
                return
