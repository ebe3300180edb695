"""One term of the relay as leader: what it knows, and what it does every tenth of a second."""

import logging
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from umbra.contracts import acls
from umbra.control.mirror import WorkerMirror
from umbra.control.readiness import GivenUp, Ready, Waiting, out_of_time, readiness
from umbra.control.reconcile import import_revisions, to_republish
from umbra.control.replaying import Replaying
from umbra.control.stage import stage
from umbra.control.view import ControlTopic
from umbra.control.writer import Checkpoint, ControlWriter
from umbra.core.boundary import Boundary, immediate_boundary, lacks_anchor, marked_boundary
from umbra.core.change import Reanchor, Request, RevisionInProgress
from umbra.core.control_view import ControlView
from umbra.core.errors import Retryable
from umbra.core.names import CHAMPION
from umbra.core.replay import Replay
from umbra.core.revision import Revision, Slots
from umbra.kafka.admin import Admin
from umbra.postgres import revisions
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.revisions import Noted, Step
from umbra.settings import KafkaSettings, LoadSettings

log = logging.getLogger(__name__)

_TICK_S = 0.1
_READ_TIMEOUT_S = 15.0
_LOOK_AT_TOPIC_EVERY = timedelta(seconds=5)
_RECORDS_A_TRANSACTION = 200


class LeadingSettings(KafkaSettings, LoadSettings):
    """What a leader needs to know."""


class Leading:
    """Holds the lead; used by one thread, within `with`.

    Every method may raise Retryable, ProducerLost or TransactionAborted: end this term, begin another.

    Args:
        db: the connection that holds the relay's lock.
    """

    def __init__(self, settings: LeadingSettings, db: Connection, checkpoint: Checkpoint) -> None:
        self._settings = settings
        self._topics = settings.topics
        self._db = db
        self._checkpoint = checkpoint
        self._admin = Admin(settings)
        self._open = ExitStack()
        self._looked_at: datetime | None = None

    def __enter__(self) -> "Leading":
        self._admin.check_rights(acls.api(self._topics).rights)
        # Making the writer fences a zombie leader, so what is read after it cannot change any more.
        self._writer = ControlWriter(self._settings, self._checkpoint)
        self._topic_id, _ = self._images()
        self._control, replays = self._read_control()
        import_revisions(self._db, self._control)
        self._republish()
        self._replaying = Replaying(self._db, self._writer.publish_replay, replays, self._topic_id)
        self._workers = self._open.enter_context(WorkerMirror(self._settings, self._db, _READ_TIMEOUT_S))
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()

    def tick(self) -> None:
        """Wait a little for news of workers, then bring every staged revision as far as it can get."""
        self._workers.poll(_TICK_S)
        staged = revisions.staged(self._db)
        now = datetime.now(UTC)
        self._reanchor_when_due(now)
        self._publish_given_up(now)
        for noted in staged:
            self._advance(noted, now)
        self._replaying.tick(self._workers.live(now), now)

    def _read_control(self) -> tuple[ControlView, dict[str, Replay]]:
        with ControlTopic(self._settings) as control:
            control.read_to_end(_READ_TIMEOUT_S)
            return ControlView(control.view), control.replays

    def _republish(self) -> None:
        known = [noted.revision for noted in revisions.everything(self._db)]
        lacking = to_republish(self._control, known)
        for first in range(0, len(lacking), _RECORDS_A_TRANSACTION):
            self._publish(*lacking[first : first + _RECORDS_A_TRANSACTION])

    def _reanchor_when_due(self, now: datetime) -> None:
        if self._looked_at is not None and now - self._looked_at < _LOOK_AT_TOPIC_EVERY:
            return
        self._looked_at = now
        topic_id, partitions = self._images()
        if topic_id != self._topic_id:
            # What else was made anew is not known: begin as after a restart.
            raise Retryable(f"{self._topics.images} was made anew.")
        for deployment in self._control.deployments():
            active = self._control.active(deployment)
            if active[0].slots and lacks_anchor(active, topic_id, partitions):
                self._stage_reanchor(deployment, now)

    def _stage_reanchor(self, deployment: str, now: datetime) -> None:
        reason = "The images topic was made anew or has more partitions."
        try:
            stage(self._db, Request(deployment, Reanchor(), at=now, by="relay", reason=reason))
        except RevisionInProgress:
            # That revision will name every partition too.
            log.info("A staged revision anchors the new partitions.", extra={"deployment": deployment})

    def _publish_given_up(self, now: datetime) -> None:
        for there in [revision for revision in self._control if revision.state == "staged"]:
            noted = revisions.find(self._db, there.deployment, there.revision)
            if noted is not None and noted.revision.state == "failed":
                self._publish(noted.revision)
                self._note(noted.revision, ("failed", now))

    def _advance(self, noted: Noted, now: datetime) -> None:
        revision = noted.revision
        there = self._control.get(revision.key)
        if there is not None and there.state != "staged":
            # What was settled is never rewritten: begin as after a restart, and Postgres learns it.
            raise Retryable(f"PostgreSQL, which must have been restored, does not know that {there.key} was.")
        if there is None:
            self._publish(revision)
            self._note(revision, ("staged", now))
            return
        match self._verdict(noted, now):
            case Ready():
                self._activate(revision, now)
            case GivenUp(reason):
                self._fail(revision, reason, now)

    def _verdict(self, noted: Noted, now: datetime) -> Ready | Waiting | GivenUp:
        verdict = readiness(noted.revision, self._slots_before(noted.revision), self._workers.live(now))
        if isinstance(verdict, Waiting):
            since = noted.at("staged") or noted.revision.requested_at
            return out_of_time(verdict, since, now, self._settings.load_timeout_s) or verdict
        return verdict

    def _slots_before(self, revision: Revision) -> Slots:
        active = self._control.active(revision.deployment)
        return active[0].slots if active else {}

    def _activate(self, revision: Revision, now: datetime) -> None:
        topic_id, partitions = self._images()
        boundary = self._boundary(revision, topic_id, partitions)
        # Held until Postgres knows, so that nobody gives it up while it is going out.
        with transaction(self._db):
            if not revisions.lock_staged(self._db, revision):
                return
            active = self._writer.activate(revision, topic_id, boundary)
            self._control.apply(active)
            revisions.settle(self._db, active)
            in_force_at = datetime.now(UTC)
            self._note(active, ("ready", now), ("markers", in_force_at), ("active", in_force_at))
        log.info("A revision is active.", extra={"revision": active.key, "starts": dict(active.starts)})

    def _boundary(self, revision: Revision, topic_id: str, partitions: range) -> Boundary:
        active = self._control.active(revision.deployment)
        if not revision.immediate:
            return marked_boundary(active, topic_id, partitions)
        images = self._topics.images
        committed = self._admin.committed(self._topics.group(CHAMPION), images)
        ranges = self._admin.log_ranges(images, partitions)
        log_starts = {partition: there.start for partition, there in ranges.items()}
        return immediate_boundary(active, topic_id, partitions, committed, log_starts)

    def _fail(self, revision: Revision, reason: str, now: datetime) -> None:
        failed = revision.fail(reason)
        with transaction(self._db):
            if not revisions.lock_staged(self._db, revision):
                return
            self._publish(failed)
            revisions.settle(self._db, failed)
            self._note(failed, ("failed", now))
        log.warning("A revision failed.", extra={"revision": failed.key, "reason": reason})

    def _publish(self, *published: Revision) -> None:
        self._writer.publish(published)
        for revision in published:
            self._control.apply(revision)

    def _note(self, revision: Revision, *steps: tuple[str, datetime]) -> None:
        revisions.add_steps(self._db, revision, [Step(step, at) for step, at in steps])

    def _images(self) -> tuple[str, range]:
        """The images topic's id and partitions.

        Raises:
            Refused: there is no such topic.
        """
        images = self._topics.images
        topic_id = self._admin.topic_id(images)
        return topic_id, range(self._admin.partitions()[images])
