"""This worker's part in its group: which partitions, in which epoch, from where on."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from umbra.core.errors import Retryable
from umbra.kafka.group import Change, GroupConsumer
from umbra.kafka.record import Record
from umbra.worker.epoch import Epoch
from umbra.worker.flights import Flights
from umbra.worker.opening import Opened, Opener
from umbra.worker.waiting import Waiting

log = logging.getLogger(__name__)

T = TypeVar("T")

Connect = Callable[[Callable[[Change], None]], GroupConsumer]

SLICE_S = 1.0
PATIENCE = 5
"""Slices waited before the consumer is polled meanwhile: so long a rebalance may have to wait."""

DRAIN_S = 30.0
"""How long a partition that is to be given up is held on to for what is in flight."""


class Membership:
    """The consumer and the epoch; used by the poll thread alone.

    Args:
        connect: makes the consumer, which then tells of its changes.

    Attributes:
        epoch: the present one; it may be dead.
        blocked: partition to the offset it waits at.
    """

    def __init__(self, connect: Connect) -> None:
        self.epoch = Epoch()
        self.blocked: dict[int, int] = {}
        self.stopping = threading.Event()
        self.flights = Flights()
        self.waiting = Waiting()
        self.consumer = connect(self._on_change)

    def over(self) -> bool:
        """Whether records in hand are void: drop them, and open an epoch."""
        return self.epoch.dead is not None or self.consumer.changes != self.epoch.changes

    def open(self, opener: Opener) -> Opened:
        """Begin the next epoch, once nothing is in flight.

        Raises:
            Retryable, Refused: see `Opener.open`.
        """
        self.epoch.kill("The partitions or their places changed.")
        while not self.flights.drained(SLICE_S):
            log.info("Waiting for what is in flight.")
        for partition in self.blocked:
            self.waiting.over(partition)
        self.blocked.clear()
        opened = opener.open(self.consumer)
        self.epoch = opened.epoch
        return opened

    def take(self, most: int, timeout_s: float) -> list[Record]:
        """What arrived; none when it is void already."""
        records = self.consumer.take(most, timeout_s)
        if self.over():
            return []
        self.epoch.group = self.consumer.group_metadata()
        return records

    def hold(self, ready: Callable[[float], T | None]) -> T | None:
        """Wait for something while staying in the group.

        Args:
            ready: what is waited for, or None after so many seconds.

        Returns:
            None: what is in hand is void meanwhile, or the worker stops.
        """
        for _ in range(PATIENCE):
            found = ready(SLICE_S)
            if found is not None or self.over() or self.stopping.is_set():
                return found
        # Only for waits this long: pausing throws away what was fetched; to fetch it again takes a second.
        free = [p for p in self.epoch.next if p not in self.blocked]
        self.consumer.pause(free)
        while found is None:
            if self.consumer.take(1, 0):
                self.epoch.kill("A record came from a paused partition; it is read again.")
            if self.over() or self.stopping.is_set():
                return None
            found = ready(SLICE_S)
        self.consumer.resume(free)
        return found

    def block(self, partition: int, offset: int, reason: str) -> None:
        """Take nothing of a partition from `offset` on, until `unblock`."""
        self.consumer.pause([partition])
        self.blocked[partition] = offset
        self.waiting.say(partition, reason)

    def unblock(self) -> None:
        """Look at the blocked partitions again, from where they were blocked."""
        blocked, self.blocked = self.blocked, {}
        try:
            self.consumer.seek(blocked)
        except Retryable as err:
            self.epoch.kill(str(err))
        for partition in blocked:
            self.waiting.over(partition)

    def _on_change(self, change: Change) -> None:
        # The generation is new already: what is in flight fails with the metadata of the old one.
        self.epoch.group = self.consumer.group_metadata()
        if change == "revoked":
            self.flights.drained(DRAIN_S)
        self.epoch.kill(f"Partitions were {change}.")
