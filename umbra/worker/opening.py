"""Opening an epoch: every partition at the place where judging goes on."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

from umbra.contracts.topics import Topics
from umbra.control.view import ControlTopic
from umbra.core.errors import Retryable
from umbra.core.names import CHAMPION
from umbra.kafka.admin import Admin, LogRange
from umbra.kafka.group import Committed, GroupConsumer
from umbra.worker.epoch import Epoch
from umbra.worker.hanging import HangingTransaction

log = logging.getLogger(__name__)

_ANSWER_S = 5.0


class Opened(NamedTuple):
    """Attributes:
    metadata: partition to the text committed there.
    expired: images that left the log before they were reached.
    """

    epoch: Epoch
    metadata: dict[int, str]
    expired: int


class Opener:
    """Seeks all partitions of the consumer; used by the poll thread alone, when nothing is in flight."""

    def __init__(
        self, topics: Topics, slot: str, admin: Admin, control: ControlTopic, hanging: HangingTransaction
    ) -> None:
        self._topic = topics.images
        self._slot = slot
        self._admin = admin
        self._control = control
        self._hanging = hanging
        self._starts: dict[int, int] = {}

    def open(self, consumer: GroupConsumer) -> Opened:
        """Begin the next epoch.

        Raises:
            Retryable: Kafka is away, or a dead worker's transaction is still open; nothing was begun.
            Refused: the images topic is gone.
            ProducerLost, TransactionAborted: a hanging transaction could not be ended.
        """
        changes = consumer.changes
        partitions = consumer.assigned()
        topic_id = self.topic_id()
        # Waits for the pending transaction of a dead predecessor: what it committed counts.
        committed = self._committed(consumer, partitions) if partitions else {}
        # Their ends before control: a revision that starts below them is in control by then.
        ranges = (
            self._admin.log_ranges(self._topic, partitions, _ANSWER_S, committed=True) if partitions else {}
        )
        self._control.read_to_end()

        wanted = {p: self._wanted(topic_id, p, committed.get(p), ranges[p]) for p in partitions}
        places = {p: max(offset, ranges[p].start) for p, offset in wanted.items()}
        consumer.seek(places)
        return Opened(
            Epoch(changes, topic_id, dict(places), consumer.group_metadata()),
            {p: committed[p].metadata if p in committed else "" for p in partitions},
            self._expired(wanted, ranges),
        )

    def topic_id(self) -> str:
        """Of the images topic as it is now; raises like `open`."""
        return self._admin.topic_id(self._topic, _ANSWER_S)

    def _committed(self, consumer: GroupConsumer, partitions: list[int]) -> dict[int, Committed]:
        try:
            committed = consumer.committed(partitions, _ANSWER_S)
        except Retryable:
            self._hanging.offsets_unknown(consumer)
            raise
        self._hanging.offsets_known()
        return committed

    def _wanted(self, topic_id: str, partition: int, committed: Committed | None, held: LogRange) -> int:
        """Where judging goes on, though the log may not hold it any more."""
        if committed is None:
            return self._first(topic_id, partition, held)
        if committed.offset > held.end:
            # Never go back by guessing: after an unclean restart the broker may catch up in a moment.
            raise Retryable(
                f"Partition {partition} of {self._topic} ends at {held.end}, before the committed offset "
                f"{committed.offset}. If the log was cut, reset the group's offset."
            )
        return committed.offset

    def _first(self, topic_id: str, partition: int, held: LogRange) -> int:
        """Where a new group begins."""
        if self._slot == CHAMPION:
            return held.start
        first = self._control.view.first_offset(self._slot, topic_id, partition, held.start)
        return held.end if first is None else first

    def _expired(self, wanted: Mapping[int, int], ranges: Mapping[int, LogRange]) -> int:
        """Images that left the log unjudged and were not counted before."""
        lost = {
            p: ranges[p].start - max(offset, self._starts.get(p, 0))
            for p, offset in wanted.items()
            if offset < ranges[p].start
        }
        self._starts |= {p: held.start for p, held in ranges.items()}
        if any(lost.values()):
            log.error("Images left the log before this worker reached them.", extra={"images": lost})
        return sum(lost.values())
