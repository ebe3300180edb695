"""Planted faults in PostgreSQL's pairs."""

from collections.abc import Callable

import pytest

from tests.unit.verify.world import LARGE, SMALL, World, landed_ms, make_revision, sound
from umbra.verify.pairing import Applied
from umbra.verify.violation import Claim


def found(world: World, applied: Applied | None = None) -> list[tuple[str, int | None]]:
    pending, findings = world.check_pairs(applied)
    assert pending == findings.pending[Claim.PAIRS]
    return [(violation.kind, violation.offset) for violation in findings.first]


def test_without_predictions_no_pair_is_wanted() -> None:
    assert found(World([])) == []


def test_sound_pairs_hold() -> None:
    pending, findings = sound().check_pairs()
    assert (pending, findings.first, findings.checked) == (0, [], {Claim.PAIRS: 6})


def changed(**given: object) -> Callable[[World], None]:
    def plant(world: World) -> None:
        world.pairs[1] = world.pairs[1]._replace(**given)  # type: ignore[arg-type]

    return plant


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (lambda world: world.pairs.pop(1), [("unpaired", 8)]),
        (changed(champion="large@1", shadow="small@1"), [("wrong-pair", 8)]),
        (changed(champion="tiny@1"), [("wrong-pair", 8)]),
        (changed(shadow="tiny@1"), [("wrong-pair", 8)]),
        (changed(revision=3), [("wrong-pair", 8)]),
        (changed(outcome="mixed"), [("wrong-pair", 8)]),
        (changed(outcome="failed"), [("wrong-pair", 8)]),
        (changed(deployment="other"), [("wrong-pair", 8)]),
        (changed(landed_ms=landed_ms(9)), [("wrong-pair", 8), ("unpaired", 8)]),
        (changed(offset=3), [("stray-pair", 3), ("unpaired", 8)]),
        (changed(offset=5), [("stray-pair", 5), ("unpaired", 8)]),
        (changed(slot="canary"), [("stray-pair", 8), ("unpaired", 8)]),
        (lambda world: world.pairs.append(world.pairs[1]), [("doubled-pair", 8)]),
    ],
)
def test_a_planted_fault_is_found(
    plant: Callable[[World], None], expected: list[tuple[str, int | None]]
) -> None:
    world = sound()
    plant(world)
    assert found(world) == expected


def test_the_pair_of_a_failed_prediction_says_so() -> None:
    world = sound()
    world.unsay(8, "shadow")
    world.say(8, "shadow", 2, "large@1", status="failed")
    assert found(world) == [("wrong-pair", 8)]
    world.pairs[1] = world.pairs[1]._replace(outcome="failed")
    assert found(world) == []


def test_a_pair_of_two_revisions_is_mixed_and_goes_by_the_champions() -> None:
    world = World(
        [
            make_revision(1, 0, {"champion": LARGE, "shadow": SMALL}),
            make_revision(2, 0, {"champion": SMALL, "shadow": LARGE}, immediate=True),
        ]
    )
    world.land(0)
    world.say(0, "champion", 2, "small@1")
    world.say(0, "shadow", 1, "small@1")
    world.pair(0, 2, "small@1", "small@1", outcome="mixed")
    assert found(world) == []
    world.pairs[0] = world.pairs[0]._replace(revision=1)
    assert found(world) == [("wrong-pair", 0)]


def test_what_the_monitor_has_not_applied_is_pending() -> None:
    world = sound()
    world.pairs.clear()
    assert found(world, Applied(champion=0, shadow=0)) == []
    pending, findings = world.check_pairs(Applied(champion=1_000, shadow=6))
    assert pending == 3
    assert [violation.offset for violation in findings.first] == [7, 8, 9]


def test_a_pair_beyond_what_was_applied_then_is_checked_and_no_longer_pending() -> None:
    world = sound()
    assert world.check_pairs(Applied(champion=0, shadow=0))[0] == 0


def test_a_pair_of_predictions_made_since_the_topics_were_read_is_no_stray() -> None:
    world = sound()
    world.unsay(13, "shadow")
    _, findings = world.check_pairs(committed={"champion": 14, "shadow": 13})
    assert findings.first == []


def test_pairs_of_images_older_than_what_postgres_keeps_are_not_missed() -> None:
    world = sound()
    del world.pairs[:3]
    assert found(world, Applied(1_000, 1_000, kept_since_ms=landed_ms(10))) == []


def test_pairs_of_a_former_topic_and_of_images_that_left_the_log_are_not_looked_at() -> None:
    world = sound()
    world.revisions.append(make_revision(0, 0, {"champion": SMALL}, topic_id="images-zero"))
    world.pair(8, 0, "tiny@1", "tiny@1", landed_ms=0)
    world.log_start = 8
    _, findings = world.check_pairs()
    assert findings.first == []
    assert findings.counts == {"pairs_of_former_topic": 1, "pairs_of_expired_images": 1}
