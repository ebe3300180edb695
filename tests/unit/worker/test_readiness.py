"""What to load, and how ready a worker is."""

from tests.unit.worker.records import TOPIC_ID, make_revision
from umbra.contracts.worker_status import ModelStatus
from umbra.core.control_view import ControlView
from umbra.worker.readiness import readiness, wanted

READY, FAILED = ModelStatus(state="ready"), ModelStatus(state="failed", error="no")


def test_nothing_is_wanted_of_an_empty_view() -> None:
    assert wanted(ControlView(), "champion", TOPIC_ID, {}) == {}
    assert readiness(ControlView(), "champion", {}) == {}


def test_a_staged_revision_is_loaded_while_the_old_one_serves() -> None:
    view = ControlView([make_revision(1, {0: 0}), make_revision(2, None)])
    assert wanted(view, "champion", TOPIC_ID, {0: 5}).keys() == {"m@1", "m@2"}
    assert readiness(view, "champion", {"m@1": READY}) == {"digits@1": "ready", "digits@2": "loading"}


def test_old_versions_are_wanted_as_long_as_images_of_theirs_are_left() -> None:
    view = ControlView([make_revision(1, {0: 0, 1: 0}), make_revision(2, {0: 10, 1: 10})])
    assert wanted(view, "shadow", TOPIC_ID, {0: 10, 1: 9}).keys() == {"s@1", "s@2"}
    assert wanted(view, "shadow", TOPIC_ID, {0: 10, 1: 10}).keys() == {"s@2"}


def test_failed_revisions_and_other_slots_are_no_concern() -> None:
    view = ControlView([make_revision(1, {0: 0}), make_revision(2, None, state="failed")])
    assert wanted(view, "champion", TOPIC_ID, {}).keys() == {"m@1"}
    assert wanted(view, "canary", TOPIC_ID, {}) == {}


def test_a_model_that_failed_fails_its_revision() -> None:
    view = ControlView([make_revision(1, None)])
    assert readiness(view, "champion", {"m@1": FAILED}) == {"digits@1": "failed"}
