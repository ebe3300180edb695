"""Epochs: the times between two rewinds."""

import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Epoch:
    """The time between two moments at which all partitions were sought to their committed offsets.

    Attributes:
        changes: the consumer's count when this was opened; another count ends the epoch.
        topic_id: of the images topic.
        next: partition to the offset behind the last record taken.
        group: the consumer's group metadata, renewed by the poll thread alone.
        alive: held while a transaction runs, so that whoever kills the epoch knows it ended before.
        dead: why the epoch is over; its batches are to be dropped.
    """

    changes: int = 0
    topic_id: str = ""
    next: dict[int, int] = field(default_factory=dict)
    group: Any = None
    dead: str | None = None
    alive: threading.RLock = field(default_factory=threading.RLock)

    def kill(self, reason: str) -> None:
        """Mark it dead; returns when no transaction of it runs any more."""
        with self.alive:
            self.dead = self.dead or reason
