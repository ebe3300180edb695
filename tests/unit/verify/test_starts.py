"""The proof's own reading of `starts`: stretches of a partition."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.verify.world import LARGE, PARTITION, SMALL, TOPIC_ID, control_record, make_revision
from umbra.core.control_view import ControlView
from umbra.core.revision import Revision
from umbra.verify import control
from umbra.verify.control import read_control
from umbra.verify.expected import UNKNOWN, WAITED_FOR, Expected
from umbra.verify.starts import is_waited_for, stretches


def read(revisions: Sequence[Revision]) -> list[control.Revision]:
    return list(read_control(map(control_record, revisions)).revisions.values())


def cut(*revisions: Revision) -> list[tuple[int, list[int]]]:
    found = stretches(read(revisions), TOPIC_ID, PARTITION)
    return [(stretch.first, [r.revision for r in stretch.allowed]) for stretch in found]


def active(number: int, start: int, **given: object) -> Revision:
    return make_revision(number, start, {"champion": SMALL}, **given)


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [
        ([], []),
        ([active(1, 10)], [(10, [1])]),
        ([active(2, 100), active(1, 10)], [(10, [1]), (100, [2])]),
        ([active(1, 0), active(2, 0)], [(0, [2])]),
        ([active(1, 0), active(2, 100), active(3, 60)], [(0, [1]), (60, [3]), (100, [3])]),
        ([active(1, 0), active(2, 50, topic_id="another")], [(0, [1])]),
        ([active(1, 0), active(2, 50, starts={1: 50})], [(0, [1])]),
        ([active(1, 0), active(2, 50, state="failed"), active(3, 60, state="staged")], [(0, [1])]),
    ],
)
def test_a_partition_is_cut_where_revisions_start(
    revisions: list[Revision], expected: list[tuple[int, list[int]]]
) -> None:
    assert cut(*revisions) == expected


def test_behind_an_immediate_change_the_revisions_before_it_are_allowed_too() -> None:
    assert cut(
        active(1, 0),
        active(2, 100),
        active(3, 60, immediate=True),
        active(4, 70, immediate=True),
        active(5, 200),
    ) == [(0, [1]), (60, [3, 1]), (70, [4, 3, 1]), (100, [4, 3, 2]), (200, [5])]


REVISIONS = st.lists(
    st.builds(
        make_revision,
        st.integers(1, 12),
        st.none() | st.integers(0, 30),
        st.sampled_from([{}, {"champion": SMALL}, {"champion": LARGE, "shadow": SMALL}]),
        immediate=st.booleans(),
        topic_id=st.sampled_from([TOPIC_ID, "another"]),
    ),
    unique_by=lambda revision: revision.revision,
    max_size=8,
)


@given(REVISIONS, st.integers(0, 35))
def test_the_two_readings_of_the_design_agree(revisions: list[Revision], offset: int) -> None:
    workers = ControlView(revisions).in_force("digits", TOPIC_ID, PARTITION, offset)

    begun = [s for s in stretches(read(revisions), TOPIC_ID, PARTITION) if s.first <= offset]

    assert (begun[-1].allowed[0].revision if begun and begun[-1].allowed[0].slots else None) == (
        workers.revision if workers else None
    )


@pytest.mark.parametrize(
    ("revisions", "waited_for"),
    [
        ([], False),
        ([make_revision(1, None, {"champion": SMALL})], False),
        ([active(1, 0)], False),
        ([active(1, 0, starts={1: 0})], True),
        ([active(1, 0, topic_id="another")], True),
        ([active(1, 0, topic_id="another"), active(2, 0)], False),
        ([make_revision(1, 0, {}, topic_id="another")], False),
    ],
)
def test_images_wait_where_the_newest_revision_has_no_start(
    revisions: list[Revision], waited_for: bool
) -> None:
    assert is_waited_for(read(revisions), TOPIC_ID, PARTITION) is waited_for


def test_an_image_is_of_no_concern_before_its_deployment_and_after_its_end() -> None:
    of_control = read_control(map(control_record, [active(1, 10), make_revision(2, 20, {})]))
    expected = Expected(of_control, TOPIC_ID, PARTITION)

    assert [expected.code("digits", offset) for offset in (9, 20)] == [UNKNOWN, UNKNOWN]
    assert expected.code("digits", 10) == expected.code("digits", 19) != UNKNOWN
    assert [expected.code(deployment, 15) for deployment in (None, "other")] == [UNKNOWN, UNKNOWN]


def test_an_image_waits_in_a_partition_just_added() -> None:
    expected = Expected(read_control([control_record(active(1, 0))]), TOPIC_ID, PARTITION + 1)
    assert expected.code("digits", 3) == WAITED_FOR
