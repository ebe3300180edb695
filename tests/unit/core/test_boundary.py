from datetime import UTC, datetime

from umbra.core.boundary import immediate_boundary, lacks_anchor, marked_boundary
from umbra.core.revision import Assignment, Revision

AT = datetime(2026, 11, 22, tzinfo=UTC)


def active(number: int, starts: dict[int, int], topic_id: str = "now") -> Revision:
    slots = {"champion": Assignment("a@1", {})}
    return Revision("digits", number, "create", "staged", slots, AT).activate(topic_id, starts)


def test_a_first_revision_begins_behind_its_markers_everywhere() -> None:
    boundary = marked_boundary([], "now", range(3))

    assert (set(boundary.marked), boundary.starts) == ({0, 1, 2}, {})


def test_a_later_one_begins_at_0_in_a_partition_the_deployment_never_was_in() -> None:
    boundary = marked_boundary([active(1, {0: 7, 1: 8})], "now", range(3))

    assert (set(boundary.marked), boundary.starts) == ({0, 1}, {2: 0})


def test_in_a_topic_made_anew_it_begins_at_0_everywhere() -> None:
    boundary = marked_boundary([active(1, {0: 7, 1: 8}, "before")], "now", range(2))

    assert (boundary.marked, dict(boundary.starts)) == (frozenset(), {0: 0, 1: 0})


def test_an_immediate_one_begins_where_the_champion_group_is() -> None:
    past = [active(2, {0: 50, 1: 50, 2: 50}), active(1, {0: 10, 1: 10, 2: 10})]

    boundary = immediate_boundary(
        past, "now", range(4), committed={0: 70, 1: 3}, log_starts=dict.fromkeys(range(4), 20)
    )

    # 0: the group; 1: not before the deployment; 2: the start of the log; 3: a new partition.
    assert (boundary.marked, dict(boundary.starts)) == (frozenset(), {0: 70, 1: 10, 2: 20, 3: 0})


def test_an_anchor_lacks_where_the_newest_revision_names_no_start() -> None:
    assert not lacks_anchor([active(1, {0: 0, 1: 0})], "now", range(2))
    assert lacks_anchor([active(1, {0: 0, 1: 0})], "now", range(3))
    assert lacks_anchor([active(1, {0: 0, 1: 0}, "before")], "now", range(2))
