"""Which shadow slots are in use, as the control topic says it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from umbra.core.control_view import ControlView
from umbra.core.revision import Assignment, Revision
from umbra.local.slot_workers import held_slots, left_slots


def revision(number: int, *slots: str, state: Any = "active", deployment: str = "digits") -> Revision:
    held = {slot: Assignment("m@1", {}) for slot in slots}
    starts: Mapping[int, int] = {0: number} if state == "active" else {}
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Revision(deployment, number, "shadow", state, held, at, topic_id="t", starts=starts)


def test_no_slot_is_in_use_where_no_deployment_is() -> None:
    assert held_slots(ControlView()) == left_slots(ControlView()) == set()


def test_slots_in_force_and_staged_are_held_and_the_champion_is_none() -> None:
    view = ControlView(
        [
            revision(1, "champion", "shadow"),
            revision(2, "champion", "shadow", "canary-b", state="staged"),
            revision(3, "champion", "never", state="failed"),
            revision(1, "champion", "night", deployment="other"),
        ]
    )
    assert held_slots(view) == {"shadow", "canary-b", "night"}
    assert left_slots(view) == set()


def test_a_slot_is_left_once_no_deployment_holds_it() -> None:
    past = [revision(1, "champion", "canary-b"), revision(2, "champion"), revision(3)]
    assert left_slots(ControlView(past)) == {"canary-b"}
    elsewhere = revision(1, "champion", "canary-b", deployment="other")
    assert left_slots(ControlView([*past, elsewhere])) == set()
