"""The control topic as the proof reads it."""

from tests.unit.verify.world import SMALL, control_record, make_revision
from umbra.verify.control import read_control

STAGED = make_revision(1, None, {"champion": SMALL})
ACTIVE = make_revision(1, 5, {"champion": SMALL})


def test_an_empty_topic_holds_nothing() -> None:
    control = read_control([])
    assert (control.active(), control.slots(), control.newest(), control.unreadable) == ([], [], [], 0)


def test_the_last_word_of_a_key_counts() -> None:
    control = read_control(map(control_record, [STAGED, ACTIVE]))
    (revision,) = control.active()
    assert (revision.key, revision.starts) == ("digits@1", {0: 5})


def test_the_newest_revision_of_each_deployment_is_found() -> None:
    others = [make_revision(1, 9, {"champion": SMALL, "canary": SMALL}, deployment="other")]
    control = read_control(map(control_record, [make_revision(2, 7, {"champion": SMALL}), ACTIVE, *others]))
    assert [revision.key for revision in control.newest()] == ["digits@2", "other@1"]
    assert control.slots() == ["canary", "champion"]


def test_what_is_no_revision_or_under_anothers_key_is_passed_over() -> None:
    record = control_record(ACTIVE)
    control = read_control([record._replace(value=None), record._replace(key=b"digits@2")])
    assert (control.revisions, control.unreadable) == ({}, 2)


def test_replays_are_no_part_of_the_proof() -> None:
    control = read_control([control_record(ACTIVE)._replace(key=b"replay/1", value=b'{"v":1,"id":"1"}')])
    assert (control.revisions, control.unreadable) == ({}, 0)
