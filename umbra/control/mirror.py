"""The workers topic, followed by the leader and mirrored into Postgres."""

from contextlib import AbstractContextManager
from datetime import datetime

from umbra.contracts.worker_status import WorkerStatus
from umbra.control.roster import Roster
from umbra.kafka.follow import Follower
from umbra.postgres import workers
from umbra.postgres.connection import Connection, transaction
from umbra.settings import KafkaSettings


class WorkerMirror(AbstractContextManager["WorkerMirror"]):
    """Keeps table `worker` as the topic is; used by one thread.

    Making it reads the topic to its end. Every method raises Retryable when Kafka or Postgres is away.
    """

    def __init__(self, settings: KafkaSettings, db: Connection, timeout_s: float) -> None:
        self._db = db
        self._roster = Roster()
        self._follower = Follower(settings, settings.topics.workers)
        self._roster.take(self._follower.read_to_end(timeout_s))
        with transaction(db):
            workers.keep_only(db, self._roster.everyone())
            workers.upsert(db, self._roster.everyone())

    def __exit__(self, *exc: object) -> None:
        self._follower.close()

    def poll(self, timeout_s: float) -> None:
        """Wait for news for up to `timeout_s`, and write them down."""
        news = self._roster.take(self._follower.poll(timeout_s))
        if news.seen or news.gone:
            with transaction(self._db):
                workers.delete(self._db, news.gone)
                workers.upsert(self._db, news.seen)

    def live(self, now: datetime) -> list[WorkerStatus]:
        """The status of every worker alive."""
        return self._roster.live(now)
