"""The proof on a real system: read partition by partition, never written to."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from umbra.core.errors import Retryable
from umbra.kafka.admin import Admin, LogRange
from umbra.kafka.read import read_range
from umbra.kafka.record import Record
from umbra.settings import KafkaSettings
from umbra.verify import snapshot
from umbra.verify.ledger import Ledger
from umbra.verify.pairing import Applied, Pairing
from umbra.verify.partition import Law, Partition, Reading, examine
from umbra.verify.proof import PartitionProof, Proof
from umbra.verify.snapshot import Snapshot

if TYPE_CHECKING:
    # Who has no PostgreSQL need not have its driver either.
    from umbra.verify.database import Database

Advance = Callable[[int, int], None]
"""Is told how many offsets are behind it, and of how many."""

_TOLD_EVERY = 1000
_APPLIED_EVERY_S = 0.2


@dataclass(frozen=True)
class Asked:
    """What is to be proven.

    Attributes:
        default_deployment: of images that name none, as the workers have it.
        wait_s: how long to wait for what has landed at the start.
        kept_since: PostgreSQL keeps the pairs of images that landed since then.
    """

    kafka: KafkaSettings
    default_deployment: str | None
    wait_s: float
    kept_since: datetime


class Stream:
    """Reads one partition after the other, and holds one ledger at a time.

    Args:
        database: None: the pairs are not looked at.
    """

    def __init__(self, asked: Asked, database: "Database | None", advance: Advance) -> None:
        self._asked = asked
        self._topics = asked.kafka.topics
        self._admin = Admin(asked.kafka)
        self._database = database
        self._advance = advance
        self._deadline = 0.0
        self._behind = 0
        self._in_all = 0

    def prove(self) -> Proof:
        """All partitions.

        Raises:
            Retryable: Kafka or PostgreSQL is away, or a topic was made anew meanwhile.
            Refused: a topic or a right is missing.
        """
        self._deadline = time.monotonic() + self._asked.wait_s
        in_time = not self._asked.wait_s or snapshot.wait_until_judged(
            self._asked.kafka, self._admin, self._deadline
        )
        taken = snapshot.take(self._asked.kafka, self._admin)
        self._in_all = taken.offsets()
        proof = Proof(taken.topic_id, self._database is not None)
        proof.findings.counts["control_unreadable"] += taken.control.unreadable
        for number in taken.partitions():
            proof.partitions.append(self._partition(taken, number, proof))
        self._check_topic(taken)
        paired_in_time = not any(part.pairs_pending for part in proof.partitions)
        proof.timed_out = bool(self._asked.wait_s) and not (in_time and paired_in_time)
        return proof

    def _partition(self, taken: Snapshot, number: int, proof: Proof) -> PartitionProof:
        topics = self._topics
        partition = Partition(
            number,
            self._reading(taken, topics.images, number),
            self._reading(taken, topics.predictions_champion, number),
            self._reading(taken, topics.predictions_shadow, number),
            taken.committed_in(number),
        )
        law = Law(taken.control, taken.topic_id, self._asked.default_deployment)
        examined = examine(partition, law, proof.findings)
        pending = self._pairs(taken, examined.ledger, partition.committed, proof)
        return PartitionProof(number, examined.ledger.held, examined.ledger.tally(), examined.slots, pending)

    def _reading(self, taken: Snapshot, topic: str, partition: int) -> Reading:
        held = self._held(taken, topic, partition)
        return Reading(held, self._records(topic, partition, held))

    def _held(self, taken: Snapshot, topic: str, partition: int) -> LogRange:
        """What is to be read of a partition; retention may have taken of it since it was asked."""
        held = taken.ranges[topic].get(partition)
        if held is None:
            return LogRange(0, 0)
        start = self._admin.log_range(topic, partition).start
        return LogRange(start, max(start, held.end))

    def _pairs(self, taken: Snapshot, ledger: Ledger, committed: Mapping[str, int], proof: Proof) -> int:
        """Hold PostgreSQL against one partition; how many pairs it cannot have yet."""
        if self._database is None:
            return 0
        kept_since_ms = int(self._asked.kept_since.timestamp() * 1000)
        applied = self._applied(taken, ledger, kept_since_ms)
        since_ms = max(kept_since_ms, ledger.first_landed_ms)
        pairing = Pairing(ledger, taken.control, taken.topic_id, committed, proof.findings)
        return pairing.check(self._database.pairs(ledger.partition, since_ms), applied)

    def _applied(self, taken: Snapshot, ledger: Ledger, kept_since_ms: int) -> Applied:
        """How far the monitor is; waited for until all is applied or the time is up."""
        assert self._database is not None
        champion, shadow = self._topics.predictions_champion, self._topics.predictions_shadow
        while True:
            # Before the pairs are read: what is applied by now is among them.
            at = {
                topic: self._database.applied(topic_id).get(ledger.partition, 0)
                for topic, topic_id in taken.prediction_ids.items()
            }
            applied = Applied(at[champion], at[shadow], kept_since_ms)
            if ledger.is_applied(applied.champion, applied.shadow) or time.monotonic() > self._deadline:
                return applied
            time.sleep(_APPLIED_EVERY_S)

    def _records(self, topic: str, partition: int, held: LogRange) -> Iterator[Record]:
        """What a topic holds of a partition, told of as it is read."""
        behind = held.start
        for record in read_range(self._asked.kafka, topic, partition, held):
            if record.offset - behind >= _TOLD_EVERY:
                self._tell(record.offset - behind)
                behind = record.offset
            yield record
        self._tell(held.end - behind)

    def _tell(self, offsets: int) -> None:
        self._behind += offsets
        self._advance(self._behind, self._in_all)

    def _check_topic(self, taken: Snapshot) -> None:
        if self._admin.topic_id(self._topics.images) != taken.topic_id:
            raise Retryable(
                f"{self._topics.images} was made anew while it was read: nothing is proven. Run this again."
            )
