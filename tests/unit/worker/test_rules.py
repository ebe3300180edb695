"""What is to be done with a record."""

import pytest

from tests.unit.worker.records import TOPIC_ID, make_image, make_marker, make_revision
from umbra.core.control_view import ControlView
from umbra.core.revision import Assignment, Revision
from umbra.kafka.record import Record
from umbra.worker.rules import Action, Rules


def rules(*revisions: Revision, slot: str = "champion", default: str | None = None) -> Rules:
    return Rules(ControlView(revisions), slot, TOPIC_ID, default)


def test_an_image_is_judged_by_the_revision_at_its_offset() -> None:
    judge = rules(make_revision(1, {0: 0}), make_revision(2, {0: 5}))
    verdicts = [judge.verdict(make_image(offset)) for offset in (4, 5)]
    assert [v.revision.revision for v in verdicts if v.revision] == [1, 2]
    assert all(v.action is Action.JUDGE and v.sure for v in verdicts)


@pytest.mark.parametrize(
    ("deployment", "default", "sure"), [("nobody", None, False), (None, None, True), (None, "nobody", False)]
)
def test_an_image_of_nobody_is_unknown(deployment: str | None, default: str | None, sure: bool) -> None:
    verdict = rules(make_revision(1, {0: 0}), default=default).verdict(make_image(deployment=deployment))
    assert (verdict.action, verdict.sure) == (Action.UNKNOWN, sure)


def test_an_image_without_a_deployment_belongs_to_the_default_one() -> None:
    verdict = rules(make_revision(1, {0: 0}), default="digits").verdict(make_image(deployment=None))
    assert verdict.action is Action.JUDGE


def test_an_image_before_the_first_revision_is_unknown() -> None:
    assert rules(make_revision(1, {0: 5})).verdict(make_image(4)).action is Action.UNKNOWN


def test_a_deleted_deployment_is_unknown_also_in_new_partitions() -> None:
    judge = rules(make_revision(1, {0: 0}), make_revision(2, {0: 5}, slots={}))
    assert judge.verdict(make_image(6)).action is Action.UNKNOWN
    assert judge.verdict(make_image(6, partition=9)).action is Action.UNKNOWN


def test_images_of_no_concern_to_the_slot_are_passed() -> None:
    paused = {"champion": Assignment("m@2", {}, paused=True)}
    judge = rules(make_revision(1, {0: 0}, slots=paused))
    assert judge.verdict(make_image()).action is Action.PASS
    assert rules(make_revision(1, {0: 0}), slot="canary").verdict(make_image()).action is Action.PASS


def test_a_partition_that_the_newest_revision_does_not_name_waits() -> None:
    judge = rules(make_revision(1, {0: 0, 1: 0}), make_revision(2, {0: 5}))
    assert judge.verdict(make_image(3, partition=1)).action is Action.WAIT
    assert judge.verdict(make_image(3, partition=0)).action is Action.JUDGE


def test_after_the_topic_was_made_anew_images_wait_for_a_reanchor() -> None:
    judge = rules(make_revision(1, {0: 0}, topic_id="the old one"))
    assert judge.verdict(make_image()).action is Action.WAIT


@pytest.mark.parametrize(
    ("marker", "action", "sure"),
    [
        (make_marker("digits@1", 5), Action.PASS, True),
        (make_marker("digits@1", 6), Action.SKIP, True),
        (make_marker("digits@2", 9), Action.SKIP, False),
        (make_marker("digits@3", 9), Action.SKIP, False),
    ],
)
def test_a_marker_is_believed_only_when_control_says_so(marker: Record, action: Action, sure: bool) -> None:
    verdict = rules(make_revision(1, {0: 5}), make_revision(2, None)).verdict(marker)
    assert (verdict.action, verdict.sure) == (action, sure)
