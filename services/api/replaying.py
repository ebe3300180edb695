"""Replays begun, and as the API shows them."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.api.entries import live_workers
from umbra.contracts.http.replay import ReplayEntry
from umbra.contracts.worker_status import WorkerStatus
from umbra.core.change import in_force, refuse_other_task
from umbra.core.errors import IllegalTransition, Refused
from umbra.core.names import CHAMPION, REPLAYS
from umbra.core.replay import Replay, offsets_in
from umbra.core.revision import Assignment
from umbra.core.window import seconds, written
from umbra.kafka.admin import Admin
from umbra.postgres import replays, revisions, workers
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.replays import Noted
from umbra.postgres.workers import Seen
from umbra.settings import KafkaSettings

_ANSWER_S = 10.0
_ID_BYTES = 4
_EPOCH, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""A day from what some time zone could not say."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for; see `core.replay.Replay`."""

    deployment: str
    model: Assignment
    since: datetime
    rate: float | None
    yields: bool
    by: str
    reason: str | None


def begin(db: Connection, kafka: KafkaSettings, wanted: Wanted) -> Replay:
    """Take a replay in: PostgreSQL first, the relay does the rest.

    Raises:
        IllegalTransition: the deployment is not in force.
        Refused: the model does another task, or no image since then is in the log.
        Retryable: Kafka or PostgreSQL is away.
    """
    current = in_force(revisions.standing(db, wanted.deployment))
    if current is None:
        raise IllegalTransition(
            f"No revision of {wanted.deployment} is in force: there is nothing to compare."
        )
    refuse_other_task(current.slots[CHAMPION], wanted.model, "a replay")
    replay = _replay(Admin(kafka), kafka.topics.images, wanted)
    if not offsets_in(replay):
        raise Refused(
            f"The log holds no image that landed since {wanted.since:%F %T}Z: ask for an earlier one."
        )
    with transaction(db):
        replays.insert(db, replay)
    return replay


def since(text: str, now: datetime) -> datetime:
    """The time that `24h` or an RFC 3339 time means.

    Raises:
        Refused: it is neither.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now - timedelta(seconds=seconds(text))
    if at.tzinfo is None:
        raise Refused(f"{text} has no time zone: write 2026-11-22T19:00:00Z.")
    if not _EPOCH <= at.replace(tzinfo=UTC) <= _LAST:
        raise Refused(f"{text} is no time of an image: name one after 1970.")
    return at.astimezone(UTC)


def entries(db: Connection, noted: Sequence[Noted]) -> list[ReplayEntry]:
    """Replays, each with how far it is and what it waits for."""
    seen, now = workers.select(db), datetime.now(UTC)
    waiting = [of.replay for of in replays.open_ones(db)]
    return [_entry(db, of, seen, waiting, now) for of in noted]


def _replay(admin: Admin, images: str, wanted: Wanted) -> Replay:
    topic_id, partitions = admin.topic_id(images, _ANSWER_S), range(admin.partitions(_ANSWER_S)[images])
    ends = {
        p: held.end for p, held in admin.log_ranges(images, partitions, _ANSWER_S, committed=True).items()
    }
    found = admin.offsets_since(images, partitions, wanted.since, _ANSWER_S)
    return Replay(
        id=secrets.token_hex(_ID_BYTES),
        deployment=wanted.deployment,
        model=wanted.model,
        state="open",
        topic_id=topic_id,
        starts={p: min(found.get(p, end), end) for p, end in ends.items()},
        ends=ends,
        since=wanted.since,
        requested_at=datetime.now(UTC),
        requested_by=wanted.by,
        reason=wanted.reason,
        rate=wanted.rate,
        yields=wanted.yields,
    )


def _entry(
    db: Connection, noted: Noted, seen: Sequence[Seen], waiting: Sequence[Replay], now: datetime
) -> ReplayEntry:
    replay, offsets = noted.replay, offsets_in(noted.replay)
    done, counted = noted.progress.offsets_done(replay), replays.counted(db, replay)
    live = live_workers(seen)
    crew = [worker for worker in live if worker.slot == replay.slot]
    return ReplayEntry(
        id=replay.id,
        deployment=replay.deployment,
        model_version=replay.model.model_version,
        slot=replay.slot,
        state=replay.state,
        requested_by=replay.requested_by,
        requested_at=replay.requested_at,
        as_of=now,
        since=replay.since,
        reason=replay.reason,
        rate=replay.rate,
        yields=replay.yields,
        failure=replay.failure,
        settled_at=noted.settled_at,
        topic_id=replay.topic_id,
        starts=dict(replay.starts),
        ends=dict(replay.ends),
        offsets=offsets,
        offsets_done=done,
        offsets_per_s=noted.offsets_per_s,
        eta_s=(offsets - done) / noted.offsets_per_s if noted.offsets_per_s else None,
        images=counted.images,
        failed=counted.failed,
        window=written((now - replay.since).total_seconds() + 1),
        workers=[worker.worker for worker in crew],
        waiting_for=list(_waits_for(replay, crew, live, waiting)),
    )


def _waits_for(
    replay: Replay, crew: Sequence[WorkerStatus], live: Iterable[WorkerStatus], waiting: Sequence[Replay]
) -> Iterator[str]:
    if replay.state != "open":
        return
    if crew:
        for worker in crew:
            yield from dict.fromkeys(worker.blocked.values())
    elif not any(worker.slot == REPLAYS for worker in live):
        yield "a worker for replays (none is alive; `umbra worker --replays` starts one)"
    elif waiting and waiting[0].id != replay.id:
        yield f"its turn, behind replay {waiting[0].id}"
    else:
        yield "its process to start"
