"""The one writer of the control topic and of the markers."""

from collections.abc import Callable, Iterable

from umbra.contracts.control import encode_revision
from umbra.contracts.marker import marker_headers
from umbra.contracts.replay import encode_replay
from umbra.core.boundary import Boundary
from umbra.core.replay import Replay
from umbra.core.revision import Revision
from umbra.kafka.record import Place
from umbra.kafka.transaction import TransactionAborted, TransactionalProducer
from umbra.settings import KafkaSettings

TRANSACTION_TIMEOUT_MS = 5_000
"""How long a zombie can hold readers up."""

Checkpoint = Callable[[str], None]
"""Called at each step with its name; tests stop there."""


class ControlWriter:
    """Writes revisions in transactions. After any error it is lost: read control to its end, make another.

    Raises (every method, and making it):
        ProducerLost, TransactionAborted: nothing, or all of the last transaction, was written.
    """

    def __init__(self, settings: KafkaSettings, checkpoint: Checkpoint) -> None:
        self._topics = settings.topics
        self._checkpoint = checkpoint
        self._producer = TransactionalProducer(
            settings, settings.topics.relay, timeout_ms=TRANSACTION_TIMEOUT_MS
        )

    def publish(self, revisions: Iterable[Revision]) -> None:
        """Put revisions on the control topic as they are."""
        self._producer.begin()
        for revision in revisions:
            self._put(revision)
        self._producer.commit()

    def publish_replay(self, replay: Replay) -> None:
        """Put a replay on the control topic as it is."""
        self._producer.begin()
        self._producer.produce(self._topics.control, key=replay.key.encode(), value=encode_replay(replay))
        self._producer.commit()

    def activate(self, revision: Revision, topic_id: str, boundary: Boundary) -> Revision:
        """Write the markers and the active revision that says where they are, all or nothing."""
        self._producer.begin()
        starts = dict(boundary.starts) | self._mark(revision, boundary.marked)
        self._checkpoint("markers")
        active = revision.activate(topic_id, starts)
        self._put(active)
        self._checkpoint("active")
        self._producer.commit()
        self._checkpoint("committed")
        return active

    def _mark(self, revision: Revision, partitions: frozenset[int]) -> dict[int, int]:
        places: list[Place] = []
        for partition in sorted(partitions):
            self._producer.produce(
                self._topics.images,
                value=b"",
                partition=partition,
                headers=marker_headers(revision.key),
                on_delivery=places.append,
            )
        self._producer.flush()
        if len(places) < len(partitions):
            raise TransactionAborted(f"Markers of {revision.key} did not reach every partition.")
        return {place.partition: place.offset for place in places}

    def _put(self, revision: Revision) -> None:
        self._producer.produce(
            self._topics.control, key=revision.key.encode(), value=encode_revision(revision)
        )
