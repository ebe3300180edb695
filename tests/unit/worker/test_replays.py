"""Which replay's turn it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from umbra.core.replay import Replay
from umbra.core.revision import Assignment
from umbra.worker.replays import next_replay

AT = datetime(2026, 11, 24, tzinfo=UTC)
OLD = Replay("old", "digits", Assignment("m@1", {}), "open", "topic", {0: 0}, {0: 9}, AT, AT)
NEW = replace(OLD, id="new", requested_at=AT + timedelta(seconds=1))
BOTH = {"new": NEW, "old": OLD}


def test_none_is_open_none_has_its_turn() -> None:
    assert next_replay({}, {}) is None
    assert next_replay({"old": OLD.settle("done")}, {}) is None


def test_the_oldest_comes_first() -> None:
    assert next_replay(BOTH, {}) is OLD
    assert next_replay(BOTH | {"old": OLD.settle("cancelled")}, {}) is NEW


def test_one_that_fails_lets_the_others_go_first() -> None:
    assert next_replay(BOTH, {"old": 1}) is NEW
    assert next_replay(BOTH, {"old": 1, "new": 2}) is OLD
