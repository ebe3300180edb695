"""Revisions: which ModelVersion holds which slot of a deployment, and from where in the stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from umbra.core.errors import IllegalTransition
from umbra.core.names import CHAMPION, check_shadow_slot

Kind = Literal["create", "shadow", "promotion", "rollback", "pause", "reanchor", "delete"]
State = Literal["staged", "active", "failed"]
Demote = Literal["shadow", "retire"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A ModelVersion in a slot.

    Attributes:
        model_version: `<model>@<n>`.
        spec: what a worker needs to load it: `{"artifact": {...}, "manifest": {...}}`.
        paused: True: the slot's workers pass these images.
    """

    model_version: str
    spec: Mapping[str, Any]
    paused: bool = False


Slots = Mapping[str, Assignment]


@dataclass(frozen=True, slots=True)
class Revision:
    """One assignment of ModelVersions to the slots of a deployment.

    Attributes:
        revision: grows by one with every request on this deployment, never reused.
        slots: slot name to assignment; no slot at all after a delete.
        based_on: the revision that was newest when this one was asked for; None for the first.
        immediate: `starts` are the champion group's committed offsets instead of markers.
        topic_id: the images topic that `starts` belongs to; None until active.
        starts: partition to the first offset this revision is in force at; empty until active.
        failure: why a failed revision failed.
    """

    deployment: str
    revision: int
    kind: Kind
    state: State
    slots: Slots
    requested_at: datetime
    requested_by: str = "anonymous"
    reason: str | None = None
    based_on: int | None = None
    immediate: bool = False
    topic_id: str | None = None
    starts: Mapping[int, int] = field(default_factory=dict)
    failure: str | None = None

    @property
    def key(self) -> str:
        """`<deployment>@<revision>`: the key on the control topic and the value of a marker."""
        return f"{self.deployment}@{self.revision}"

    @property
    def shadows(self) -> Slots:
        """The slots that only compare."""
        return {slot: held for slot, held in self.slots.items() if slot != CHAMPION}

    def activate(self, topic_id: str, starts: Mapping[int, int]) -> "Revision":
        """This revision in force from `starts` of the topic `topic_id`."""
        return replace(self, state="active", topic_id=topic_id, starts=dict(starts))

    def fail(self, reason: str) -> "Revision":
        """This revision given up; nothing changes for anyone."""
        return replace(self, state="failed", failure=reason)


def changed_slots(before: Slots, after: Slots) -> frozenset[str]:
    """The slots whose workers must get ready before `after` can be in force; a paused one needs none."""
    return frozenset(slot for slot, held in after.items() if before.get(slot) != held and not held.paused)


def assign_shadow(slots: Slots, slot: str, shadow: Assignment) -> Slots:
    """`slots` with `shadow` in the shadow slot `slot`.

    Raises:
        Refused: the slot name is malformed or reserved.
        IllegalTransition: the very same ModelVersion is there already.
    """
    check_shadow_slot(slot)
    if slots.get(slot) == shadow:
        raise IllegalTransition(f"{shadow.model_version} already is in slot {slot}: nothing to change.")
    return {**slots, slot: shadow}


def clear_shadow(slots: Slots, slot: str) -> Slots:
    """`slots` without the shadow slot `slot`.

    Raises:
        Refused: the slot name is malformed or reserved.
        IllegalTransition: nothing is in that slot.
    """
    check_shadow_slot(slot)
    if slot not in slots:
        raise IllegalTransition(f"No shadow is in slot {slot}: nothing to clear.")
    return {name: held for name, held in slots.items() if name != slot}


def pause_shadow(slots: Slots, slot: str, paused: bool) -> Slots:
    """`slots` with the shadow slot `slot` passing every image, or judging again.

    Raises:
        Refused: the slot name is malformed or reserved.
        IllegalTransition: nothing is in that slot, or it is as asked for already.
    """
    check_shadow_slot(slot)
    if slot not in slots:
        raise IllegalTransition(f"No shadow is in slot {slot}: assign one first.")
    if slots[slot].paused == paused:
        standing = "is paused" if paused else "is not paused"
        raise IllegalTransition(f"{slots[slot].model_version} in slot {slot} {standing}: nothing to change.")
    return {**slots, slot: replace(slots[slot], paused=paused)}


def promote(slots: Slots, slot: str, demote: Demote) -> Slots:
    """`slots` with the ModelVersion of `slot` as champion.

    The old champion moves into `slot` (`demote="shadow"`) or leaves (`"retire"`).

    Raises:
        IllegalTransition: nothing is in that slot.
    """
    if slot == CHAMPION or slot not in slots:
        raise IllegalTransition(f"No shadow is in slot {slot}: assign one before promoting it.")
    promoted = {**slots, CHAMPION: replace(slots[slot], paused=False)}
    if demote == "shadow":
        return {**promoted, slot: slots[CHAMPION]}
    return {name: held for name, held in promoted.items() if name != slot}
