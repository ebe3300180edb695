"""How many batches are between the poll stage and their commit."""

import threading

MOST = 4
"""One in each of decode, inference and commit, and one ready; more only adds memory."""


class Flights:
    """The bound of all queues between the stages; thread-safe."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._up = 0
        self._changed = threading.Condition()

    @property
    def up(self) -> int:
        """How many are in flight."""
        return self._up

    def take_off(self, timeout_s: float) -> bool:
        """Count one more; False when there was no room within `timeout_s`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._up < self._most, timeout_s):
                return False
            self._up += 1
            return True

    def land(self) -> None:
        """Count one less."""
        with self._changed:
            self._up -= 1
            self._changed.notify_all()

    def drained(self, timeout_s: float) -> bool:
        """Whether none is in flight any more, waited for up to `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._up == 0, timeout_s)
