"""The poll stage: one thread, the sole user of the consumer."""

import logging
import time
from collections.abc import Mapping

from umbra.control.view import ControlTopic
from umbra.core.errors import Retryable
from umbra.worker.intake import Intake
from umbra.worker.membership import Membership
from umbra.worker.metrics import Metrics
from umbra.worker.opening import Opener
from umbra.worker.rules import Rules
from umbra.worker.runway import Runway, Stages
from umbra.worker.settings import Settings
from umbra.worker.sorting import Bounds, Sorter

log = logging.getLogger(__name__)

POLL_S = 0.1
TICK_S = 1.0
LEAVE_S = 30.0


class Poll:
    """Opens epochs, takes records, and once a second tells how far it is.

    Args:
        ends: partition to the offset from which on it need not read; empty: it always goes on.

    Attributes:
        rules: of the present epoch; None before the first.
        beat_at: when it last came round, seconds monotonic; it stays in the group while it does.
    """

    def __init__(
        self,
        settings: Settings,
        membership: Membership,
        control: ControlTopic,
        opener: Opener,
        stages: Stages,
        metrics: Metrics,
        ends: Mapping[int, int],
    ) -> None:
        self.rules: Rules | None = None
        self.beat_at = 0.0
        self._settings = settings
        self._membership = membership
        self._control = control
        self._metrics = metrics
        self._pace = stages.pace
        self._runway = Runway(membership, stages, settings.slot)
        self._intake = Intake(membership, control, self._runway, Sorter(settings.slot))
        self._opener = opener
        self._ends = ends
        self._ticked_at = 0.0

    def run(self) -> None:
        """Work until the membership is told to stop; then drain, commit and leave.

        Raises:
            MemberLost, ModelUnavailable, ProducerLost, Refused, TransactionAborted: the process must end.
        """
        while not self._membership.stopping.is_set():
            self.step()
        self._leave()

    def step(self) -> None:
        """Open an epoch if that is due, and take what is there."""
        self.beat_at = time.monotonic()
        if self._membership.over():
            self._open()
            return
        records = self._membership.take(self._bounds().images, POLL_S)
        if records and self.rules is not None:
            self._metrics.forged(self._intake.accept(records, self.rules, self._bounds))
        # What was in hand may have been dropped by either: its partition's end must not be passed.
        if self._membership.over() or self._membership.stopping.is_set():
            return
        if time.monotonic() - self._ticked_at >= TICK_S:
            self._ticked_at = time.monotonic()
            self._tick()

    def _bounds(self) -> Bounds:
        most = 1 if self._runway.crash_loop.careful else self._pace.images(self._settings.batch_images)
        return Bounds(most, self._settings.batch_bytes)

    def _open(self) -> None:
        try:
            opened = self._membership.open(self._opener)
        except Retryable as err:
            log.warning("Not reading yet.", extra={"reason": str(err)})
            self._membership.stopping.wait(1.0)
            return
        epoch = opened.epoch
        self.rules = Rules(
            self._control.view, self._settings.slot, epoch.topic_id, self._settings.default_deployment
        )
        self._runway.opened(opened.metadata)
        self._metrics.assigned(epoch.next)
        self._metrics.expire(opened.expired)
        log.info("Reading.", extra={"places": dict(epoch.next)})

    def _tick(self) -> None:
        consumer, epoch = self._membership.consumer, self._membership.epoch
        for partition, offset in epoch.next.items():
            # Transaction markers have offsets but are no records: the end of the partition passes them.
            if consumer.ends.get(partition, 0) > offset and partition not in self._membership.blocked:
                self._runway.passed(partition, consumer.ends[partition])
        self._runway.flush()
        if self._ends:
            consumer.pause([p for p, offset in epoch.next.items() if offset >= self._ends.get(p, 0)])
        self._metrics.lagging(self._lag())
        if self._membership.blocked:
            self._look_again()

    def _look_again(self) -> None:
        """At the blocked partitions: control may have more, or the topic was made anew."""
        epoch = self._membership.epoch
        try:
            anew = self._opener.topic_id() != epoch.topic_id
        except Retryable:
            return
        if anew:
            epoch.kill("The images topic was made anew.")
        else:
            self._membership.unblock()

    def _lag(self) -> dict[int, int]:
        done = dict(self._metrics.committed_offsets)
        highs = {partition: self._high(partition) for partition in done}
        return {partition: max(0, high - done[partition]) for partition, high in highs.items() if high >= 0}

    def _high(self, partition: int) -> int:
        high = self._membership.consumer.high(partition)
        return min(high, self._ends.get(partition, high))

    def _leave(self) -> None:
        flights = self._membership.flights
        if flights.drained(LEAVE_S) and not self._membership.over() and self._runway.leave():
            flights.drained(LEAVE_S)
        self._membership.consumer.close()
