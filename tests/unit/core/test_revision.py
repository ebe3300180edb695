"""What changes make of the slots."""

from datetime import UTC, datetime

import pytest

from umbra.core.errors import IllegalTransition, Refused
from umbra.core.revision import (
    Assignment,
    Revision,
    assign_shadow,
    changed_slots,
    clear_shadow,
    pause_shadow,
    promote,
)

A, B, C = (Assignment(f"{name}@1", {}) for name in "abc")
SLOTS = {"champion": A, "shadow": B}


def test_keys_and_shadows() -> None:
    revision = Revision("digits", 3, "create", "staged", SLOTS, datetime(2026, 1, 1, tzinfo=UTC))
    assert revision.key == "digits@3"
    assert revision.shadows == {"shadow": B}
    assert revision.activate("t", {0: 5}).starts == {0: 5}
    assert revision.fail("no").failure == "no"
    assert revision.starts == {}


def test_only_slots_with_another_assignment_changed() -> None:
    assert changed_slots({}, SLOTS) == {"champion", "shadow"}
    assert changed_slots(SLOTS, {"champion": A}) == frozenset()
    assert changed_slots(SLOTS, {"champion": A, "shadow": C}) == {"shadow"}


def test_a_pause_needs_nobody_and_its_end_does() -> None:
    paused = pause_shadow(SLOTS, "shadow", True)
    assert changed_slots(SLOTS, paused) == frozenset()
    assert changed_slots(paused, pause_shadow(paused, "shadow", False)) == {"shadow"}


def test_a_shadow_is_assigned_replaced_and_cleared() -> None:
    assert assign_shadow({"champion": A}, "shadow", B) == SLOTS
    assert assign_shadow(SLOTS, "canary-b", C)["canary-b"] == C
    assert clear_shadow(SLOTS, "shadow") == {"champion": A}


@pytest.mark.parametrize(
    "slot", ["champion", "monitor", "archiver", "relay", "replay-1", "Bad", "", "1a", "a" * 33]
)
def test_no_shadow_may_have_a_reserved_or_malformed_slot(slot: str) -> None:
    with pytest.raises(Refused):
        assign_shadow(SLOTS, slot, C)


def test_promotion_keeps_exactly_one_champion() -> None:
    assert promote(SLOTS, "shadow", "shadow") == {"champion": B, "shadow": A}
    assert promote(SLOTS, "shadow", "retire") == {"champion": B}


def test_a_promoted_shadow_is_not_paused() -> None:
    paused = Assignment("b@1", {}, paused=True)
    assert promote({"champion": A, "shadow": paused}, "shadow", "retire")["champion"] == B


@pytest.mark.parametrize("slot", ["champion", "other"])
def test_nothing_but_a_shadow_can_be_promoted(slot: str) -> None:
    with pytest.raises(IllegalTransition):
        promote(SLOTS, slot, "retire")


def test_changes_that_change_nothing_are_refused() -> None:
    with pytest.raises(IllegalTransition):
        assign_shadow(SLOTS, "shadow", B)
    with pytest.raises(IllegalTransition):
        clear_shadow({"champion": A}, "shadow")
