"""The relay's part in replays: published, followed, ended; a worker only says how far it is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.control_plane import ControlPlane, assignment, until
from umbra.contracts.replay import decode_replay, is_replay_key
from umbra.core.replay import Replay, ReplayState
from umbra.kafka.read import read_topic
from umbra.postgres import replays
from umbra.settings import KafkaSettings, PostgresSettings

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def plane(kafka: KafkaSettings, postgres: PostgresSettings) -> Iterator[ControlPlane]:
    with ControlPlane(kafka, postgres) as plane:
        plane.make_topics()
        with plane.relay():
            plane.settled(plane.create())
        yield plane


def taken_in(plane: ControlPlane, id: str = "one", **given: object) -> Replay:
    """A replay as the API leaves it."""
    model = assignment("large@1")
    ends = {0: 5, 1: 3}
    replay = Replay(
        id, "digits", model, "open", plane.topic_id(), {0: 1, 1: 0}, ends, NOW - timedelta(hours=1), NOW
    )
    replay = replace(replay, **given)  # type: ignore[arg-type]
    replays.insert(plane.db, replay)
    return replay


def published(plane: ControlPlane, id: str = "one") -> list[Replay]:
    """What control says of a replay, the oldest first."""
    records = read_topic(plane.kafka, plane.topics.control)
    read = [decode_replay(record.value) for record in records if is_replay_key(record.key)]
    return [replay for replay in read if replay.id == id]


def states(plane: ControlPlane, id: str = "one") -> list[ReplayState]:
    return [replay.state for replay in published(plane, id)]


def state(plane: ControlPlane, id: str = "one") -> ReplayState:
    noted = replays.find(plane.db, "digits", id)
    assert noted is not None
    return noted.replay.state


def test_a_replay_goes_out_is_followed_and_is_done_when_all_of_it_is_committed(plane: ControlPlane) -> None:
    replay = taken_in(plane)
    with plane.relay():
        until(lambda: states(plane) == ["open"])
        assert [replace(there, model=replay.model) for there in published(plane)] == [replay]
        assert published(plane)[0].model.spec["manifest"]["labels"] == ["0", "1"]

        plane.report(replay.slot, {}, positions={0: 3})
        plane.report(replay.slot, {}, index="1", positions={1: 2})
        plane.report("shadow", {}, positions={0: 5, 1: 3})

        def done() -> int:
            noted = replays.find(plane.db, "digits", "one")
            return noted.progress.offsets_done(replay) if noted else -1

        until(lambda: done() == 4)
        plane.report(replay.slot, {}, index="1", positions={1: 9})
        until(lambda: done() == 5)
        plane.leave(replay.slot, "1")
        plane.report(replay.slot, {}, positions={0: 5})
        until(lambda: state(plane) == "done")
    assert states(plane) == ["open", "done"]
    assert done() == 7


def test_a_cancelled_one_ends_on_control_too_and_nothing_revives_it(plane: ControlPlane) -> None:
    replay = taken_in(plane)
    with plane.relay():
        until(lambda: states(plane) == ["open"])
        assert replays.settle(plane.db, replay.settle("cancelled"))
        until(lambda: states(plane) == ["open", "cancelled"])
        plane.report(replay.slot, {}, positions=dict(replay.ends))
        following = taken_in(plane, "two", starts={0: 0}, ends={0: 0})
        until(lambda: states(plane, following.id) == ["open", "done"])
    assert state(plane) == "cancelled"
    assert not replays.settle(plane.db, replay.settle("done"))


def test_what_control_says_outlives_the_database(plane: ControlPlane) -> None:
    replay = taken_in(plane)
    with plane.relay():
        until(lambda: states(plane) == ["open"])
    plane.db.execute("DELETE FROM umbra.replay")
    with plane.relay():
        until(lambda: replays.find(plane.db, "digits", "one") is not None)
        assert replays.settle(plane.db, replay.settle("done"))
        until(lambda: states(plane) == ["open", "done"])
    plane.db.execute("UPDATE umbra.replay SET state = 'open'")  # restored from a copy of before
    with plane.relay():
        until(lambda: state(plane) == "done")
    assert states(plane) == ["open", "done"]


def test_a_topic_made_anew_ends_what_was_to_be_read_from_the_old_one(plane: ControlPlane) -> None:
    taken_in(plane, topic_id="another")
    with plane.relay():
        until(lambda: states(plane) == ["failed"])
    noted = replays.find(plane.db, "digits", "one")
    assert noted is not None
    assert noted.replay.failure == "The images topic was made anew: what it was to judge is gone."
