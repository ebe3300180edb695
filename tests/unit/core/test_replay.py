from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.control_view import ControlView
from umbra.core.names import is_replay
from umbra.core.replay import Progress, Replay, ReplayView, offsets_in
from umbra.core.revision import Assignment, Revision

AT = datetime(2026, 11, 24, tzinfo=UTC)
TOPIC = "topic"
LARGE = Assignment("large@1", {"manifest": {"task": "detection"}})
SMALL = Assignment("small@1", {"manifest": {"task": "detection"}})

REPLAY = Replay("ab12", "digits", LARGE, "open", TOPIC, {0: 10, 1: 5}, {0: 20, 1: 5}, AT, AT)


def revision(number: int, start: int, deployment: str = "digits", **slots: Assignment) -> Revision:
    held = slots or {"champion": SMALL}
    made = Revision(deployment, number, "create", "staged", held, AT)
    return made.activate(TOPIC, {0: start, 1: start})


def view(*revisions: Revision) -> ReplayView:
    made = ReplayView(REPLAY)
    for each in revisions:
        made.apply(each)
    return made


def slots_at(seen: ControlView, partition: int, offset: int, deployment: str = "digits") -> set[str] | None:
    found = seen.in_force(deployment, TOPIC, partition, offset)
    return None if found is None else set(found.slots)


def test_a_replay_is_known_by_its_key_and_its_slot() -> None:
    assert (REPLAY.key, REPLAY.slot) == ("replay/ab12", "replay-ab12")
    assert is_replay(REPLAY.slot)


def test_nothing_in_force_is_nothing_to_replay() -> None:
    assert slots_at(view(), 0, 12) is None
    assert slots_at(view(revision(1, 0), replace(revision(2, 11), slots={})), 0, 12) is None


@pytest.mark.parametrize(
    ("partition", "offset", "judges"),
    [(0, 9, False), (0, 10, True), (0, 19, True), (0, 20, False), (1, 5, False), (2, 12, False)],
)
def test_it_judges_what_lies_between_its_starts_and_its_ends(
    partition: int, offset: int, judges: bool
) -> None:
    seen = view(revision(1, 0))
    assert (REPLAY.slot in (slots_at(seen, partition, offset) or ())) == judges


def test_it_judges_under_whatever_revision_was_in_force() -> None:
    seen = view(revision(1, 0), revision(2, 15, champion=LARGE, shadow=SMALL))
    numbers = {offset: seen.in_force("digits", TOPIC, 0, offset) for offset in (14, 15)}
    assert {offset: found and found.revision for offset, found in numbers.items()} == {14: 1, 15: 2}
    assert slots_at(seen, 0, 15) == {"champion", "shadow", REPLAY.slot}


def test_images_of_another_deployment_or_topic_are_not_its_own() -> None:
    seen = view(revision(1, 0), revision(1, 0, deployment="other"))
    assert slots_at(seen, 0, 12, "other") == {"champion"}
    made_anew = ReplayView(replace(REPLAY, topic_id="another"))
    made_anew.apply(revision(1, 0))
    assert slots_at(made_anew, 0, 12) == {"champion"}


def test_it_begins_at_its_starts_even_where_the_log_begins_later() -> None:
    seen = view(revision(1, 0))
    assert [seen.first_offset(REPLAY.slot, TOPIC, partition, 12) for partition in (0, 1, 2)] == [10, 5, None]
    assert seen.first_offset(REPLAY.slot, "another", 0, 0) is None


@pytest.mark.parametrize(
    ("positions", "done"),
    [({}, 0), ({0: 3}, 0), ({0: 10, 1: 5}, 0), ({0: 14}, 4), ({0: 20}, 10), ({0: 99, 7: 3}, 10)],
)
def test_progress_counts_its_own_offsets_alone(positions: dict[int, int], done: int) -> None:
    assert Progress(positions).offsets_done(REPLAY) == done
    assert Progress(positions).is_done(REPLAY) == (done == offsets_in(REPLAY) == 10)


@given(st.lists(st.dictionaries(st.integers(0, 2), st.integers(0, 30)), max_size=5))
def test_a_position_never_goes_back_whatever_the_order_of_the_reports(reports: list[dict[int, int]]) -> None:
    together = Progress().further(reports)
    assert together == Progress().further(reversed(reports))
    one_by_one = Progress()
    for report in reports:
        one_by_one = one_by_one.further([report])
    assert one_by_one == together == together.further(reports)
