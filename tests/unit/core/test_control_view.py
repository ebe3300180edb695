"""Which revision is in force: a function of the control topic, the partition and the offset."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.control_view import ControlView
from umbra.core.revision import Assignment, Revision

TOPIC = "topic-one"


def revision(number: int, starts: Mapping[int, int] | None = None, **given: Any) -> Revision:
    fields = {
        "kind": "shadow",
        "state": "active" if starts is not None else "staged",
        "slots": {"champion": Assignment(f"m@{number}", {})},
        "topic_id": TOPIC,
        "starts": starts or {},
        "requested_at": datetime(2026, 11, 22, tzinfo=UTC),
    }
    return Revision(**{"deployment": "digits", "revision": number, **fields, **given})


def in_force(view: ControlView, offset: int, partition: int = 0) -> int | None:
    found = view.in_force("digits", TOPIC, partition, offset)
    return found.revision if found else None


def test_an_empty_view_knows_no_deployment() -> None:
    view = ControlView()
    assert in_force(view, 0) is None
    assert view.deployments() == []
    assert view.first_offset("champion", TOPIC, 0, 0) is None


@pytest.mark.parametrize(
    ("offset", "expected"), [(0, None), (9, None), (10, 1), (99, 1), (100, 2), (5000, 2)]
)
def test_a_revision_is_in_force_from_its_start_on(offset: int, expected: int | None) -> None:
    assert in_force(ControlView([revision(1, {0: 10}), revision(2, {0: 100})]), offset) == expected


def test_each_partition_has_its_own_boundary() -> None:
    view = ControlView([revision(1, {0: 0, 1: 0}), revision(2, {0: 50, 1: 7})])
    assert (in_force(view, 10, partition=0), in_force(view, 10, partition=1)) == (1, 2)


def test_an_immediate_revision_starts_before_the_one_it_replaces() -> None:
    view = ControlView([revision(1, {0: 0}), revision(2, {0: 100}), revision(3, {0: 60}, immediate=True)])
    assert [in_force(view, offset) for offset in (59, 60, 99, 100, 200)] == [1, 3, 3, 3, 3]


@pytest.mark.parametrize("state", ["staged", "failed"])
def test_what_is_not_active_changes_nothing(state: str) -> None:
    view = ControlView([revision(1, {0: 0}), revision(2, {0: 0}, state=state)])
    assert in_force(view, 10) == 1


def test_starts_of_another_topic_do_not_count() -> None:
    view = ControlView([revision(1, {0: 0}), revision(2, {0: 0}, topic_id="topic-two")])
    assert in_force(view, 10) == 1


def test_after_a_delete_the_deployment_is_unknown_from_there_on() -> None:
    view = ControlView([revision(1, {0: 0}), revision(2, {0: 50}, slots={})])
    assert (in_force(view, 49), in_force(view, 50)) == (1, None)


def test_a_later_record_of_a_key_replaces_the_earlier() -> None:
    view = ControlView([revision(1)])
    assert in_force(view, 10) is None
    view.apply(revision(1, {0: 5}))
    assert in_force(view, 10) == 1
    view.apply(revision(1, state="failed"))
    assert in_force(view, 10) is None


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [
        ([], []),
        ([revision(1)], []),
        ([revision(2, {0: 50}), revision(1, {0: 0}), revision(3)], [2]),
        ([revision(1, {0: 0}), revision(2, {0: 0}, topic_id="topic-two")], [1]),
        ([revision(1, {0: 0}), revision(2, {0: 50}, slots={})], []),
    ],
    ids=["none", "staged", "staged after active", "another topic", "deleted"],
)
def test_the_newest_in_force_of_each_deployment(revisions: list[Revision], expected: list[int]) -> None:
    assert [found.revision for found in ControlView(revisions).newest(TOPIC)] == expected


@pytest.mark.parametrize(
    ("partition", "offset", "key", "genuine"),
    [
        (0, 10, "digits@1", True),
        (0, 11, "digits@1", False),
        (1, 10, "digits@1", False),
        (0, 10, "digits@2", False),
        (0, 10, "other@1", False),
    ],
)
def test_a_marker_is_genuine_only_at_its_own_place(
    partition: int, offset: int, key: str, genuine: bool
) -> None:
    view = ControlView([revision(1, {0: 10}), revision(2)])
    assert view.marks(key, TOPIC, partition, offset) is genuine


def test_a_marker_copied_from_another_cluster_is_not_genuine() -> None:
    assert not ControlView([revision(1, {0: 10})]).marks("digits@1", "topic-two", 0, 10)


WITH_SHADOW = {"champion": Assignment("m@1", {}), "shadow": Assignment("m@2", {})}


@pytest.mark.parametrize(
    ("revisions", "log_start", "expected"),
    [
        ([revision(1, {0: 10})], 0, None),
        ([revision(1, {0: 10}), revision(2, {0: 40}, slots=WITH_SHADOW)], 0, 40),
        ([revision(1, {0: 10}, slots=WITH_SHADOW)], 25, 25),
        ([revision(1, {0: 10}, slots=WITH_SHADOW), revision(2, {0: 20})], 25, None),
        ([revision(1, {0: 10}, slots=WITH_SHADOW), revision(2, {0: 10})], 0, None),
        ([revision(1, {1: 10}, slots=WITH_SHADOW)], 0, None),
    ],
)
def test_a_new_group_begins_where_its_slot_is_first_in_force(
    revisions: list[Revision], log_start: int, expected: int | None
) -> None:
    assert ControlView(revisions).first_offset("shadow", TOPIC, 0, log_start) == expected


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [
        ([], 0),
        ([revision(1, {0: 10})], 0),
        ([revision(1, {0: 10}, slots=WITH_SHADOW)], None),
        ([revision(1, {0: 10}, slots=WITH_SHADOW), revision(2, {0: 40})], 40),
        ([revision(1, {0: 10}, slots=WITH_SHADOW), revision(2, {0: 40}), revision(3, {0: 60})], 40),
        ([revision(1, {0: 10}, slots=WITH_SHADOW), revision(2, {0: 40}), revision(3, {0: 30})], 30),
        ([revision(1, {0: 10}, slots=WITH_SHADOW), revision(2, {0: 10})], 0),
        ([revision(1, {0: 10}, slots=WITH_SHADOW), revision(2, {0: 40}, slots={})], 40),
        (
            [
                revision(1, {0: 10}, slots=WITH_SHADOW, deployment="other"),
                revision(1, {0: 20}, slots=WITH_SHADOW),
                revision(2, {0: 50}),
            ],
            None,
        ),
    ],
)
def test_a_group_is_done_behind_the_last_place_of_its_slot(
    revisions: list[Revision], expected: int | None
) -> None:
    assert ControlView(revisions).end_offset("shadow", TOPIC, 0) == expected


@given(
    starts=st.lists(st.integers(0, 50), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
    offset=st.integers(0, 60),
)
def test_the_order_of_control_records_changes_nothing(starts: list[int], order: Any, offset: int) -> None:
    revisions = [revision(number, {0: start}) for number, start in enumerate(starts, 1)]
    shuffled = list(revisions)
    order.shuffle(shuffled)
    expected = max((n for n, start in enumerate(starts, 1) if start <= offset), default=None)
    assert in_force(ControlView(revisions), offset) == in_force(ControlView(shuffled), offset) == expected
