"""What the worker waits for right now, by partition."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)


class Wait:
    """One wait: nothing is said of it until there is a reason."""

    def __init__(self, waiting: "Waiting", partition: int) -> None:
        self._waiting = waiting
        self._partition = partition

    def because(self, reason: str, seconds: float = 0.0) -> None:
        """Say why, and sleep."""
        self._waiting.say(self._partition, reason)
        time.sleep(seconds)


class Waiting:
    """Reasons by partition, for the status and the watchdog; thread-safe."""

    def __init__(self) -> None:
        self._reasons: dict[int, str] = {}
        self._lock = threading.Lock()

    @contextmanager
    def on(self, partition: int) -> Iterator[Wait]:
        """A wait of this partition; its reason is dropped at the end."""
        try:
            yield Wait(self, partition)
        finally:
            self.over(partition)

    def say(self, partition: int, reason: str) -> None:
        """The partition waits; a new reason is logged once."""
        with self._lock:
            known = self._reasons.get(partition) == reason
            self._reasons[partition] = reason
        if not known:
            log.warning("Waiting: %s", reason, extra={"partition": partition})

    def over(self, partition: int) -> None:
        """The partition waits no more."""
        with self._lock:
            self._reasons.pop(partition, None)

    def reasons(self) -> dict[int, str]:
        """Partition to what it waits for."""
        with self._lock:
            return dict(self._reasons)
