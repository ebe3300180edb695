"""The commit stage: one thread, the sole user of the transactional producer."""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from queue import SimpleQueue

from umbra.contracts.topics import Topics
from umbra.core.errors import ImageError
from umbra.kafka.transaction import TransactionAborted, TransactionalProducer
from umbra.worker.flights import Flights
from umbra.worker.letters import Letter, answer, dead_letter
from umbra.worker.metrics import Metrics
from umbra.worker.work import Batch, DeadLetter, Position, Task

log = logging.getLogger(__name__)

LINGER_MS = 50
"""Longer than a transaction takes: the records of each partition go out together when it commits (4 requests
instead of 9 to 14 for 64 images)."""


class Commit:
    """Predictions, dead letters and offsets of batches in one transaction; used by one thread alone."""

    def __init__(self, producer: TransactionalProducer, topics: Topics, slot: str, metrics: Metrics) -> None:
        self._producer = producer
        self._topics = topics
        self._slot = slot
        self._metrics = metrics

    def write(self, batches: Sequence[Batch]) -> None:
        """Make batches visible, all of them or nothing; those of a dead epoch are dropped.

        An abort kills the epoch: the poll thread rewinds.

        Args:
            batches: of one epoch, in their order; one at least.

        Raises:
            ProducerLost: the process must end.
        """
        epoch = batches[0].epoch
        with epoch.alive:
            if epoch.dead is not None:
                return
            started = time.perf_counter()
            try:
                self._transact(batches)
            except TransactionAborted as err:
                log.warning("Transaction aborted, going back.", extra={"reason": str(err)})
                self._producer.abort()
                epoch.kill(str(err))
                return
        for batch in batches:
            self._metrics.committed(batch, time.perf_counter() - started)

    def _transact(self, batches: Sequence[Batch]) -> None:
        self._producer.begin()
        # Offsets first: it takes the 20 ms tail off (p99 24 → 7 ms).
        self._producer.send_offsets(self._offsets(batches), batches[0].epoch.group)
        at = datetime.now(UTC)
        for batch in batches:
            for task in batch.tasks:
                self._answer(task, at)
            for letter in batch.dead_letters:
                self._bury(letter)
        self._producer.commit()

    def _offsets(self, batches: Sequence[Batch]) -> dict[tuple[str, int], Position]:
        """Of each partition the last one."""
        return {
            (self._topics.images, partition): at
            for batch in batches
            for partition, at in batch.offsets.items()
        }

    def _answer(self, task: Task, at: datetime) -> None:
        topic = self._topics.predictions(self._slot)
        # Both predictions of an image meet in its partition, whatever partitioner its producer used.
        self._produce(topic, answer(task, self._slot, at), task.record.partition)
        if isinstance(task.outcome, ImageError):
            self._bury(DeadLetter(task.record, task.outcome.code, str(task.outcome)))

    def _bury(self, letter: DeadLetter) -> None:
        self._produce(self._topics.dlq(self._slot), dead_letter(letter))

    def _produce(self, topic: str, letter: Letter, partition: int | None = None) -> None:
        self._producer.produce(
            topic, key=letter.key, value=letter.value, headers=letter.headers, partition=partition
        )


def run(commit: Commit, inbox: "SimpleQueue[Batch | None]", flights: Flights) -> None:
    """Write batches until None comes.

    What came during one transaction shares the next: a transaction costs the same for one image and for a
    hundred, so at a moderate rate nobody waits for more than the one under way.
    """
    while batches := _waiting(inbox):
        commit.write(batches)
        for _ in batches:
            flights.land()


def _waiting(inbox: "SimpleQueue[Batch | None]") -> list[Batch]:
    """All batches that are there, waited for if there is none; none when None is next."""
    batches: list[Batch] = []
    while not batches or not inbox.empty():
        batch = inbox.get()
        if batch is None:
            if batches:
                inbox.put(None)
            break
        batches.append(batch)
    return batches
