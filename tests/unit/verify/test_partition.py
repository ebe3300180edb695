"""Planted faults: each is found, and what is no fault is not reported."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.verify.world import (
    LARGE,
    SMALL,
    TINY,
    World,
    landed_ms,
    make_revision,
    prediction,
    sound,
)
from umbra.contracts.prediction import Image
from umbra.contracts.wire import from_epoch_ms
from umbra.core.revision import Assignment
from umbra.verify.coverage import SlotCoverage
from umbra.verify.violation import SHOWN, Claim, Findings

Fault = Callable[[World], None]


def found(world: World, **given: Any) -> list[tuple[str, int | None, str | None]]:
    """Kind, image and slot of every violation."""
    _, findings = world.examine(**given)
    return [(violation.kind, violation.offset, violation.slot) for violation in findings.first]


def beside(world: World) -> dict[str, int]:
    _, findings = world.examine()
    assert findings.first == []
    return {name: number for name, number in findings.counts.items() if number}


def test_a_stream_without_anything_holds() -> None:
    examined, findings = World([]).examine()
    assert findings == Findings()
    assert examined.slots == {"champion": SlotCoverage(0, 0, 0, 0)}


def test_a_sound_stream_holds() -> None:
    examined, findings = sound().examine()

    assert findings.first == []
    assert not findings.counts.total()
    assert examined.ledger.tally() == (10, 3, 0, 0)
    assert examined.slots == {
        "champion": SlotCoverage(due=10, missing=0, pending=0, lost=0),
        "shadow": SlotCoverage(due=6, missing=0, pending=0, lost=0),
    }
    assert findings.checked == {
        Claim.CHAMPION: 10,
        Claim.STARTS: 10,
        Claim.SHADOWS: 6,
        Claim.IN_FORCE: 16,
        Claim.IMAGES_ONLY: 16,
    }


def replaced(offset: int, slot: str, revision: int, model: str, **given: Any) -> Fault:
    def plant(world: World) -> None:
        world.unsay(offset, slot)
        world.say(offset, slot, revision, model, **given)

    return plant


FAULTS: dict[str, tuple[Fault, tuple[str, int | None, str | None]]] = {
    "a missing prediction of the champion": (
        lambda world: world.unsay(3, "champion"),
        ("missing", 3, "champion"),
    ),
    "a missing prediction of a shadow": (lambda world: world.unsay(12, "shadow"), ("missing", 12, "shadow")),
    "a doubled prediction": (
        lambda world: world.say(8, "champion", 2, "small@1"),
        ("doubled", 8, "champion"),
    ),
    "a doubled prediction of a shadow": (
        lambda world: world.say(8, "shadow", 2, "large@1"),
        ("doubled", 8, "shadow"),
    ),
    "the revision before at the first image": (
        replaced(11, "champion", 2, "small@1"),
        ("wrong-revision", 11, "champion"),
    ),
    "the next revision at the last image": (
        replaced(9, "champion", 3, "large@1"),
        ("wrong-revision", 9, "champion"),
    ),
    "a shadow under another revision": (
        replaced(11, "shadow", 2, "large@1"),
        ("wrong-revision", 11, "shadow"),
    ),
    "another model under the right revision": (
        replaced(4, "champion", 1, "large@1"),
        ("wrong-model", 4, "champion"),
    ),
    "another model of a shadow": (replaced(8, "shadow", 2, "small@1"), ("wrong-model", 8, "shadow")),
    "a shadow before it was assigned": (
        lambda world: world.say(2, "shadow", 1, "large@1"),
        ("not-in-revision", 2, "shadow"),
    ),
    "a shadow nobody assigned": (
        lambda world: world.say(8, "canary", 2, "large@1"),
        ("not-in-revision", 8, "canary"),
    ),
    "a failed revision": (replaced(12, "champion", 4, "tiny@1"), ("failed-revision", 12, "champion")),
    "a staged revision": (replaced(12, "champion", 5, "tiny@1"), ("staged-revision", 12, "champion")),
    "an unknown revision": (replaced(12, "champion", 6, "tiny@1"), ("unknown-revision", 12, "champion")),
    "a marker judged": (lambda world: world.say(6, "champion", 2, "small@1"), ("marker", 6, "champion")),
    "a gap judged": (lambda world: world.say(5, "champion", 1, "small@1"), ("no-image", 5, "champion")),
    "an image that never landed judged": (
        lambda world: world.say(14, "champion", 3, "large@1"),
        ("no-image", 14, "champion"),
    ),
    "a prediction on the other topic": (
        lambda world: world.write(prediction(8, "canary", 2, "large@1"), topic="champion"),
        ("misplaced", 8, "canary"),
    ),
    "a prediction in another partition": (
        lambda world: world.write(prediction(8, "champion", 2, "small@1", image=Image(3, 8))),
        ("misplaced", 8, "champion"),
    ),
    "a prediction nobody can read": (lambda world: world.write(b"{}"), ("unreadable", None, None)),
    "a prediction without a time zone": (
        lambda world: world.write(
            prediction(8, "champion", 2, "small@1", landed_at=from_epoch_ms(0).replace(tzinfo=None))
        ),
        ("unreadable", None, None),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_nothing_else(name: str) -> None:
    plant, expected = FAULTS[name]
    world = sound()
    plant(world)
    assert found(world) == [expected]


def test_a_fault_says_what_it_expected_and_where_the_record_is() -> None:
    world = sound()
    replaced(11, "champion", 2, "small@1")(world)
    _, findings = world.examine()
    (violation,) = findings.first
    assert violation.claim is Claim.STARTS
    assert violation.found == "digits revision 2 (small@1)"
    assert violation.expected == "revision 3 (large@1)"
    assert violation.record == "champion:0:18"


def test_a_prediction_of_another_deployments_image_is_found_and_its_own_is_missing() -> None:
    world = sound()
    world.revisions.append(make_revision(1, 0, {"champion": SMALL}, deployment="other"))
    replaced(8, "champion", 1, "small@1", deployment="other")(world)
    assert found(world) == [("other-image", 8, "champion"), ("missing", 8, "champion")]


def test_a_prediction_of_an_image_that_landed_at_another_time_is_found() -> None:
    world = sound()
    replaced(8, "champion", 2, "small@1", landed_at=from_epoch_ms(landed_ms(9)))(world)
    assert found(world) == [("other-image", 8, "champion"), ("missing", 8, "champion")]


def test_many_faults_are_counted_and_the_first_are_kept() -> None:
    world = World([make_revision(1, 0, {"champion": SMALL})])
    world.land(*range(50))
    _, findings = world.examine()
    assert [violation.offset for violation in findings.first] == list(range(SHOWN))
    assert findings.kinds == {"missing": 50}
    assert findings.violated == {Claim.CHAMPION: 50}


def test_a_failed_prediction_is_one_all_the_same() -> None:
    world = sound()
    replaced(8, "champion", 2, "small@1", status="failed")(world)
    assert found(world) == []


def test_images_of_no_deployment_in_force_need_no_prediction_and_may_have_none() -> None:
    world = sound()
    world.land(14, deployment="nobody's")
    world.land(15, deployment=None)
    examined, findings = world.examine()
    assert findings.first == []
    assert examined.ledger.tally().unknown == 2

    world.say(15, "champion", 3, "large@1")
    assert found(world) == [("unknown-deployment", 15, "champion")]


def test_images_that_name_no_deployment_belong_to_the_default_one() -> None:
    world = sound()
    world.default_deployment = "digits"
    world.land(14, deployment=None)
    assert found(world) == [("missing", 14, "champion"), ("missing", 14, "shadow")]


def test_images_before_the_first_revision_and_after_a_delete_belong_to_nobody() -> None:
    world = World([make_revision(1, 2, {"champion": SMALL}), make_revision(2, 4, {}, kind="delete")])
    world.land(1, 3, 5)
    world.say(3, "champion", 1, "small@1")
    assert beside(world) == {}
    world.say(5, "champion", 1, "small@1")
    assert found(world) == [("unknown-deployment", 5, "champion")]


def test_images_of_a_partition_just_added_wait() -> None:
    world = World([make_revision(1, 0, {"champion": SMALL}, starts={1: 0})])
    world.land(0, 1)
    examined, findings = world.examine()
    assert findings.first == []
    assert examined.ledger.tally().waited_for == 2
    world.revisions.append(make_revision(2, 0, {"champion": SMALL}, kind="reanchor"))
    assert found(world) == [("missing", 0, "champion"), ("missing", 1, "champion")]


def test_markers_that_mark_nothing_are_passed_over_and_counted() -> None:
    world = sound()
    world.mark(14, "digits@3")
    world.mark(15, "digits@9")
    assert beside(world) == {"idle_markers": 2}


def test_a_paused_slot_passes_its_images() -> None:
    world = World(
        [make_revision(1, 0, {"champion": SMALL, "shadow": Assignment("large@1", {}, paused=True)})]
    )
    world.land(0)
    world.say(0, "champion", 1, "small@1")
    assert found(world) == []
    world.say(0, "shadow", 1, "large@1")
    assert found(world) == [("paused", 0, "shadow")]


def test_each_of_several_shadow_slots_answers_for_itself() -> None:
    world = World([make_revision(1, 0, {"champion": SMALL, "shadow": LARGE, "canary": TINY})])
    world.land(0, 1)
    for offset in (0, 1):
        world.say(offset, "champion", 1, "small@1")
        world.say(offset, "shadow", 1, "large@1")
    world.say(0, "canary", 1, "tiny@1")
    assert found(world) == [("missing", 1, "canary")]
    assert found(world, committed={"champion": 2, "shadow": 2, "canary": 1}) == []


def test_what_the_workers_have_not_reached_is_pending() -> None:
    world = sound()
    world.unsay(13, "champion")
    world.unsay(12, "shadow")
    world.unsay(13, "shadow")
    examined, findings = world.examine(committed={"champion": 13, "shadow": 12})
    assert findings.first == []
    assert examined.slots["champion"] == SlotCoverage(due=9, missing=0, pending=1, lost=0)
    assert examined.slots["shadow"] == SlotCoverage(due=4, missing=0, pending=2, lost=0)
    assert findings.pending == {Claim.CHAMPION: 1, Claim.SHADOWS: 2}


def test_a_slot_without_a_worker_has_everything_pending() -> None:
    world = sound()
    world.predictions["shadow"].clear()
    examined, findings = world.examine(committed={"champion": 14})
    assert findings.first == []
    assert examined.slots["shadow"] == SlotCoverage(due=0, missing=0, pending=6, lost=0)


def test_offsets_of_a_former_topic_promise_nothing() -> None:
    world = sound()
    world.unsay(13, "champion")
    assert found(world, committed={"champion": 5_000, "shadow": 14}) == []


def test_what_was_said_beyond_the_committed_offset_counts_and_is_checked() -> None:
    world = sound()
    assert found(world, committed={"champion": 0, "shadow": 0}) == []
    replaced(13, "champion", 1, "small@1")(world)
    assert found(world, committed={"champion": 0, "shadow": 0}) == [("wrong-revision", 13, "champion")]


def test_images_that_left_the_log_are_not_missed_and_what_was_said_of_them_is_held_against_starts() -> None:
    world = sound()
    world.log_start = 8
    world.unsay(3, "champion")
    assert beside(world) == {"of_expired_images": 5}

    replaced(2, "champion", 2, "small@1")(world)
    assert found(world) == [("wrong-revision", 2, "champion")]


def test_an_image_whose_prediction_may_have_left_its_topic_is_not_missed() -> None:
    world = sound()
    first_kept = world.predictions["champion"][4]
    world.predictions["champion"][4] = first_kept._replace(timestamp_ms=landed_ms(7) + 5)
    world.prediction_starts["champion"] = first_kept.offset
    examined, findings = world.examine()
    assert findings.first == []
    assert examined.slots["champion"] == SlotCoverage(due=6, missing=0, pending=0, lost=4)
    world.unsay(9, "champion")
    assert found(world) == [("missing", 9, "champion")]


def test_a_prediction_topic_that_lost_everything_proves_nothing_and_accuses_nobody() -> None:
    world = sound()
    world.prediction_starts = {"champion": 1000, "shadow": 1000}
    assert beside(world) == {"predictions_left_the_log": 16}


def test_an_image_younger_than_what_left_the_topic_is_missed() -> None:
    world = World([make_revision(1, 0, {"champion": SMALL})])
    world.land(0, 1, 2)
    world.say(0, "champion", 1, "small@1")
    world.say(2, "champion", 1, "small@1")
    kept = world.predictions["champion"][1]
    world.predictions["champion"][1] = kept._replace(timestamp_ms=landed_ms(1) - 1)
    world.prediction_starts["champion"] = kept.offset
    examined, findings = world.examine()
    assert [(violation.kind, violation.offset) for violation in findings.first] == [("missing", 1)]
    assert examined.slots["champion"].lost == 1


def test_predictions_of_a_former_topic_are_not_looked_at() -> None:
    world = World(
        [
            make_revision(1, 0, {"champion": SMALL}, topic_id="images-zero"),
            make_revision(2, 0, {"champion": SMALL}, kind="reanchor"),
        ]
    )
    world.land(0)
    world.say(0, "champion", 1, "small@1", landed_at=from_epoch_ms(0))
    world.say(0, "champion", 2, "small@1")
    assert beside(world) == {"of_former_topic": 1}


def test_predictions_of_replays_are_no_part_of_the_stream() -> None:
    world = sound()
    world.say(8, "replay-7", 1, "tiny@1")
    assert beside(world) == {"replayed": 1}


def immediate(**before: Assignment) -> World:
    """Revision 2 came at once and counts from 1 on, when the champion had not reached 2, the shadow had."""
    world = World(
        [
            make_revision(1, 0, {"champion": LARGE, **before}),
            make_revision(2, 1, {"champion": SMALL, "shadow": TINY}, immediate=True),
        ]
    )
    world.land(0, 1, 2)
    world.say(0, "champion", 1, "large@1")
    world.say(1, "champion", 1, "large@1")
    world.say(2, "champion", 2, "small@1")
    return world


def test_behind_an_immediate_change_what_was_judged_keeps_its_revision_and_is_counted_as_mixed() -> None:
    world = immediate(shadow=TINY)
    for offset in (0, 1, 2):
        world.say(offset, "shadow", 1, "tiny@1")
    assert beside(world) == {"mixed": 1}

    world.unsay(2, "shadow")
    assert found(world) == [("missing", 2, "shadow")]


def test_a_shadow_that_an_immediate_change_brings_may_have_passed_its_images_already() -> None:
    world = immediate()
    assert found(world) == []
    world.say(2, "shadow", 2, "tiny@1")
    assert found(world) == []
    world.say(2, "shadow", 2, "tiny@1")
    assert found(world) == [("doubled", 2, "shadow")]


def test_an_immediate_change_excuses_nothing_before_it_and_no_revision_it_did_not_replace() -> None:
    world = immediate(shadow=TINY)
    for offset in (0, 1, 2):
        world.say(offset, "shadow", 1, "tiny@1")
    replaced(0, "champion", 2, "small@1")(world)
    assert found(world) == [("wrong-revision", 0, "champion")]
