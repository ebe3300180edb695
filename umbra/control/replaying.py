"""The leader's part in replays: brings them onto the control topic, notes how far they are, and ends them."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from umbra.contracts.manifest import spec_from
from umbra.contracts.worker_status import WorkerStatus
from umbra.core.replay import Replay
from umbra.postgres import deployments, model_versions, replays
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.replays import Noted

log = logging.getLogger(__name__)

_LOOK_EVERY = timedelta(seconds=0.5)
_SPEED_OVER = timedelta(seconds=60)

_MADE_ANEW = "The images topic was made anew: what it was to judge is gone."


class Replaying:
    """Every replay, on the control topic and in PostgreSQL; used by the leader's thread.

    Every method may raise what its writer and PostgreSQL raise: end this term, begin another.

    Args:
        publish: puts a replay on the control topic.
        known: the replays that the control topic holds.
        topic_id: of the images topic.
    """

    def __init__(
        self, db: Connection, publish: Callable[[Replay], None], known: Mapping[str, Replay], topic_id: str
    ) -> None:
        self._db = db
        self._publish = publish
        self._known = dict(known)
        self._topic_id = topic_id
        self._looked_at: datetime | None = None
        self._speeds: dict[str, Speed] = {}
        self._import()

    def tick(self, live: Iterable[WorkerStatus], now: datetime) -> None:
        """Bring everything as far as it can get, now and then."""
        if self._looked_at is not None and now - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = now
        self._publish_settled()
        crew = list(live)
        for noted in replays.open_ones(self._db):
            self._advance(noted, crew, now)

    def _import(self) -> None:
        """Teach a fresh or restored database what the control topic says, which has the last word."""
        noted = {noted.replay.id: noted.replay for noted in replays.everything(self._db)}
        for replay in self._known.values():
            if replay.id not in noted:
                self._insert(replay)
            elif replay.state != "open":
                replays.settle(self._db, replay)

    def _insert(self, replay: Replay) -> None:
        log.info("PostgreSQL learns a replay from the control topic.", extra={"replay": replay.id})
        with transaction(self._db):
            deployments.ensure(self._db, replay.deployment)
            model_versions.restore(self._db, replay.model.model_version, spec_from(replay.model.spec))
            replays.insert(self._db, replay)

    def _publish_settled(self) -> None:
        """Those that were cancelled, above all."""
        under_way = [id for id, replay in self._known.items() if replay.state == "open"]
        for noted in replays.settled_of(self._db, under_way):
            self._put(noted.replay)

    def _advance(self, noted: Noted, crew: Iterable[WorkerStatus], now: datetime) -> None:
        replay = noted.replay
        if replay.topic_id != self._topic_id:
            self._settle(replay.settle("failed", _MADE_ANEW))
            return
        if replay.id not in self._known:
            self._put(replay)
        progress = noted.progress.further(worker.positions for worker in crew if worker.slot == replay.slot)
        speed = self._speeds.setdefault(replay.id, Speed()).of(progress.offsets_done(replay), now)
        if (progress, speed) != (noted.progress, noted.offsets_per_s):
            replays.note(self._db, replay, progress, speed)
        if progress.is_done(replay):
            self._settle(replay.settle("done"))

    def _settle(self, replay: Replay) -> None:
        # Held until control knows: it is not to be cancelled while it goes out.
        with transaction(self._db):
            if replays.settle(self._db, replay):
                self._put(replay)
        self._speeds.pop(replay.id, None)
        log.info("A replay is over.", extra={"replay": replay.id, "state": replay.state})

    def _put(self, replay: Replay) -> None:
        self._publish(replay)
        self._known[replay.id] = replay


class Speed:
    """Offsets a second, over the last minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[datetime, int]] = deque()

    def of(self, offsets: int, now: datetime) -> float | None:
        """The speed when `offsets` are behind it at `now`; None when it stands still."""
        self._seen.append((now, offsets))
        while now - self._seen[0][0] > _SPEED_OVER:
            self._seen.popleft()
        since, before = self._seen[0]
        elapsed_s = (now - since).total_seconds()
        return (offsets - before) / elapsed_s if elapsed_s and offsets > before else None
