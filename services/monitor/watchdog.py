"""Ends the process when records wait, nothing moves, and PostgreSQL is not the reason; or nothing ever will.

Consumers built on Faust have been seen to stop reading for good without any error; a restart is exact,
since the offsets are in PostgreSQL.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from services.monitor.sources import SourcesRemade
from umbra.core.errors import Refused, Retryable
from umbra.kafka.refusal import RightMissing

log = logging.getLogger(__name__)

EVERY_S = 2.0

Ends = dict[tuple[str, int], int]
"""The end of the log of each (topic, partition)."""


@dataclass(slots=True)
class Standstill:
    """Tells whether records wait while nothing is applied.

    Attributes:
        after_s: for how long that may be.
    """

    after_s: float
    _progress: int = -1
    _since_s: float = 0.0
    _ends: Ends = field(default_factory=dict)

    def seen(self, progress: int, behind: bool, ends: Ends, now_s: float) -> bool:
        """Take a look; True when it has stood still for too long.

        Args:
            progress: grows with everything applied.
            behind: this process knows of records that are not applied.
            ends: as the brokers say; that they grow shows records the consumer does not know of.
        """
        if progress != self._progress or not (behind or self._grown(ends)):
            self._progress, self._since_s, self._ends = progress, now_s, dict(ends)
        return now_s - self._since_s > self.after_s

    def _grown(self, ends: Ends) -> bool:
        return any(end > self._ends.get(place, end) for place, end in ends.items())


class Watched(Protocol):
    """What the watchdog looks at."""

    def check_membership(self) -> None:
        """Raises `RightMissing` when the brokers do not let the consumer into its group."""

    def waits_rightly(self) -> bool:
        """Whether PostgreSQL is away, so that waiting is right."""

    def progress(self) -> int:
        """Grows with everything applied."""

    def behind(self) -> bool:
        """Whether this process knows of records that are not applied: unread, or read and in hand."""

    def ends(self) -> Ends:
        """The ends of the partitions this process has, as the brokers say; may raise `Retryable`."""

    def check_sources(self) -> None:
        """Raises `SourcesRemade` when a topic is no longer the one it was; `Retryable`, `Refused`."""


def watch_until(
    stop: threading.Event,
    watched: Watched,
    after_s: float,
    end: Callable[[str], None],
    every_s: float = EVERY_S,
) -> None:
    """Look every so often until `stop`; `end` is called once, with the reason to end the process."""
    standstill = Standstill(after_s)
    while not stop.wait(every_s):
        try:
            reason = _look(standstill, watched, time.monotonic())
        except (Retryable, Refused) as err:
            log.warning("Kafka cannot be asked how far its topics are.", extra={"reason": err})
            continue
        if reason:
            end(reason)
            return


def _look(standstill: Standstill, watched: Watched, now_s: float) -> str | None:
    try:
        watched.check_membership()
        watched.check_sources()
    except (SourcesRemade, RightMissing) as err:
        return str(err)
    if watched.waits_rightly():
        standstill.seen(watched.progress(), False, {}, now_s)
    elif standstill.seen(watched.progress(), watched.behind(), watched.ends(), now_s):
        return f"Predictions wait and none was applied for {standstill.after_s:.0f} s."
    return None
