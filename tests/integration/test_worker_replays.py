"""The worker that waits for replays, as a process, on real topics with real models."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.workplace import LARGE, SCENES, SMALL, Workplace, place, stop, until
from umbra.contracts.replay import encode_replay
from umbra.core.replay import Progress, Replay
from umbra.core.revision import Assignment
from umbra.kafka.record import Place
from umbra.settings import KafkaSettings

IMAGES = SCENES[:60]
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def work(kafka: KafkaSettings, tmp_path: Path) -> Iterator[Workplace]:
    with Workplace(kafka, tmp_path) as work:
        yield work


@contextmanager
def waiting(work: Workplace) -> Iterator["subprocess.Popen[bytes]"]:
    """The worker for replays; killed at the end if it still runs."""
    process = work.process("replays", service="replay_worker")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def asked(work: Workplace, id: str, model: Assignment, **given: object) -> Replay:
    """A replay of everything in the log, on the control topic."""
    ranges = work.admin.log_ranges(work.topics.images, range(work.kafka.partitions))
    starts, ends = ({p: getattr(held, name) for p, held in ranges.items()} for name in ("start", "end"))
    topic_id = work.admin.topic_id(work.topics.images)
    replay = Replay(id, "digits", model, "open", topic_id, starts, ends, AT, datetime.now(UTC))
    return put(work, replace(replay, **given))  # type: ignore[arg-type]


def put(work: Workplace, replay: Replay) -> Replay:
    work.producer.send(work.topics.control, key=replay.key.encode(), value=encode_replay(replay)).result(60)
    return replay


def is_done(work: Workplace, replay: Replay) -> bool:
    reported = (status.positions for status in work.statuses().values() if status.slot == replay.slot)
    return Progress().further(reported).is_done(replay)


def judged_once(work: Workplace, replay: Replay, places: list[Place]) -> None:
    found = work.judged(len(places), replay.slot)
    assert Counter(map(place, found)) == Counter(places)
    assert {p.model_version for p in found} == {replay.model.model_version}


def test_it_judges_what_landed_before_and_nothing_else_though_it_is_killed(work: Workplace) -> None:
    small, large = work.assignment("digits-small@1", SMALL), work.assignment("digits-large@1", LARGE)
    work.send(IMAGES[:4])  # of no deployment in force
    first = work.activate({"champion": small})
    places = work.send(IMAGES[:30])
    second = work.activate({"champion": large, "shadow": small})
    places += work.send(IMAGES[30:], start=30)
    replay = asked(work, "one", large, rate=20.0)
    work.send(IMAGES[:8], start=60)  # after its end

    with waiting(work):
        until(lambda: len(work.predictions(replay.slot)) >= 10)
    assert len(work.predictions(replay.slot)) < len(places)
    with waiting(work) as process:
        until(lambda: is_done(work, replay))
        judged_once(work, replay, places)
        names = {name for name in work.statuses() if ".replay" in name}
        assert names == {work.topics.worker("replays", "0"), work.topics.worker(replay.slot, "0")}
        put(work, replay.settle("done"))
        until(lambda: work.topics.worker(replay.slot, "0") not in work.statuses())
        assert stop(process) == 0

    by_offset = {place(p): p.revision for p in work.predictions(replay.slot)}
    for at, revision in by_offset.items():
        assert revision == (second if at.offset > second.starts[at.partition] else first).revision
    assert not any(".replay" in name for name in work.statuses())


def test_those_that_come_later_wait_for_their_turn_and_a_cancelled_one_makes_room(work: Workplace) -> None:
    small = work.assignment("digits-small@1", SMALL)
    work.activate({"champion": small})
    places = work.send(IMAGES[:12])
    slow = asked(work, "slow", small, rate=0.1)
    following = asked(work, "next", small, yields=False)
    with waiting(work) as process:
        until(lambda: work.topics.worker(slow.slot, "0") in work.statuses())
        assert work.predictions(following.slot) == []
        put(work, slow.settle("cancelled"))
        judged_once(work, following, places)
        assert stop(process) == 0
    assert len(work.predictions(slow.slot)) < len(places)


def test_one_whose_model_cannot_be_loaded_lets_the_others_go_first(work: Workplace) -> None:
    small = work.assignment("digits-small@1", SMALL)
    work.activate({"champion": small})
    places = work.send(IMAGES[:4])
    broken = replace(small, spec={**small.spec, "artifact": {"uri": "models/no", "sha256": "00", "bytes": 1}})
    failing = asked(work, "broken", broken)
    following = asked(work, "next", small)
    with waiting(work):
        judged_once(work, following, places)
    assert work.predictions(failing.slot) == []
    assert "A replay's process failed." in work.log("replays")
