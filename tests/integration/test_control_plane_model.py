"""The control plane against a model of it: random requests, workers, and deaths of the relay at every step.

The model knows no module of the control plane: slots are mappings, history is a list. What counts in the end
is read from the topics: which revision each image was to be judged by, and what became of each request.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.integration.control_plane import ControlPlane, Died, assignment
from umbra.control.leading import Leading
from umbra.control.stage import stage
from umbra.core.change import (
    AssignShadow,
    Change,
    ClearShadow,
    Create,
    Delete,
    PauseShadow,
    Promote,
    Request,
    RollBack,
)
from umbra.core.errors import IllegalTransition, Refused
from umbra.core.revision import Assignment, Revision
from umbra.kafka.record import Place
from umbra.postgres import revisions
from umbra.postgres.connection import connect
from umbra.settings import KafkaSettings, PostgresSettings

LOAD_TIMEOUT_S = 0.4
SHADOWS = ("shadow", "canary")
SLOTS = ("champion", *SHADOWS)
MODELS = ("a@1", "b@1", "c@2")

Said = Literal["ready", "failed", "silent", "gone"]
"""What the worker of a slot says of a staged revision; gone: it does not run."""
Held = tuple[str, bool]
"""ModelVersion, paused."""
Slots = dict[str, Held]


@dataclass
class Asked:
    """A request that was taken in.

    Attributes:
        out: it was in force before the relay that did it died; Postgres does not know.
    """

    number: int
    slots: Slots
    immediate: bool
    state: str = "staged"
    out: bool = False


@dataclass
class Model:
    """What a deployment is to be."""

    asked: list[Asked] = field(default_factory=list)
    images: dict[Place, int | None] = field(default_factory=dict)

    def known(self) -> list[Asked]:
        """What Postgres holds for active."""
        return [one for one in self.asked if one.state == "active"]

    @property
    def slots(self) -> Slots:
        """What Postgres holds for in force."""
        return self.known()[-1].slots if self.known() else {}

    @property
    def open(self) -> Asked | None:
        return next((one for one in self.asked if one.state == "staged"), None)

    def take(self, slots: Slots | None, *, immediate: bool = False) -> bool:
        """Take a request in; False when it is to be refused."""
        if slots is None or (self.open is not None and not immediate):
            return False
        if self.open is not None:
            self.open.state = "failed"
        self.asked.append(Asked(len(self.asked) + 1, slots, immediate))
        return True

    def believe(self) -> None:
        """A relay takes the lead: what is out is in force, whatever Postgres said."""
        for one in self.asked:
            if one.out:
                one.state = "active"
                one.out = False

    def outcome(self, said: Mapping[str, Said]) -> str:
        """What becomes of the open revision."""
        assert self.open is not None
        before, after = self.slots, self.open.slots
        changed = [slot for slot, held in after.items() if before.get(slot) != held and not held[1]]
        heard = [said[slot] for slot in changed if said[slot] != "gone"]
        nobody = bool(before) and "champion" in changed and said["champion"] == "gone"
        return "failed" if nobody or {"failed", "silent"} & {*heard} else "active"

    def settle(self, state: str) -> None:
        assert self.open is not None
        self.open.state = state

    def in_force(self, one: Asked) -> None:
        """From here on; an immediate one since the first, as no champion has committed anything."""
        if one.immediate:
            self.images = {
                place: number if number is None else one.number for place, number in self.images.items()
            }


def nothing_is_open(machine: "ControlPlaneMachine") -> bool:
    return machine.model.open is None


class ControlPlaneMachine(RuleBasedStateMachine):
    """One deployment; `plane` is set by the test."""

    plane: ControlPlane

    def __init__(self) -> None:
        super().__init__()
        self.deployment = f"d{uuid.uuid4().hex[:8]}"
        self.model = Model()

    @initialize(champion=st.sampled_from(MODELS), shadow=st.sampled_from(MODELS))
    def begin(self, champion: str, shadow: str) -> None:
        """Images of a deployment that is not there yet, and then it is."""
        self.images_land(2)
        self.create(champion, shadow)
        self._settle(dict.fromkeys(SLOTS, "ready"))

    @rule(champion=st.sampled_from(MODELS), shadow=st.none() | st.sampled_from(MODELS))
    def create(self, champion: str, shadow: str | None) -> None:
        shadows = {} if shadow is None else {"shadow": shadow}
        wanted = {slot: (model, False) for slot, model in {"champion": champion, **shadows}.items()}
        change = Create(held_by(champion), {slot: held_by(model) for slot, model in shadows.items()})
        self._ask(change, None if self.model.slots else wanted)

    @rule(slot=st.sampled_from(SHADOWS), model=st.sampled_from(MODELS))
    def assign(self, slot: str, model: str) -> None:
        slots = self.model.slots
        wanted = None if not slots or slots.get(slot) == (model, False) else {**slots, slot: (model, False)}
        self._ask(AssignShadow(slot, held_by(model)), wanted)

    @precondition(nothing_is_open)
    @rule(slot=st.sampled_from(SHADOWS))
    def clear(self, slot: str) -> None:
        slots = self.model.slots
        wanted = {name: held for name, held in slots.items() if name != slot} if slot in slots else None
        self._ask(ClearShadow(slot), wanted)

    @precondition(nothing_is_open)
    @rule(slot=st.sampled_from(SHADOWS), paused=st.booleans())
    def pause(self, slot: str, paused: bool) -> None:
        slots = self.model.slots
        if slot in slots and slots[slot][1] != paused:
            wanted: Slots | None = {**slots, slot: (slots[slot][0], paused)}
        else:
            wanted = None
        self._ask(PauseShadow(slot, paused), wanted)

    @precondition(nothing_is_open)
    @rule(slot=st.sampled_from(SHADOWS), demote=st.sampled_from(["shadow", "retire"]))
    def promote(self, slot: str, demote: Any) -> None:
        slots = self.model.slots
        wanted = None
        if slot in slots:
            wanted = {**slots, "champion": (slots[slot][0], False), slot: slots["champion"]}
            if demote == "retire":
                del wanted[slot]
        self._ask(Promote(slot, demote), wanted)

    @rule(immediate=st.booleans())
    def roll_back(self, immediate: bool) -> None:
        slots = self.model.slots
        earlier = [one.slots for one in self.model.known() if one.slots and one.slots != slots]
        self._ask(RollBack(None), earlier[-1] if slots and earlier else None, immediate=immediate)

    @precondition(nothing_is_open)
    @rule()
    def delete(self) -> None:
        self._ask(Delete(), {} if self.model.slots else None)

    @rule(count=st.integers(1, 5))
    def images_land(self, count: int) -> None:
        standing = [one for one in self.model.asked if one.state == "active" or one.out]
        number = max((one.number for one in standing), default=None)
        headers = [("deployment", self.deployment.encode())]
        topic = self.plane.topics.images
        sent = [self.plane.producer.send(topic, value=b"x", headers=headers) for _ in range(count)]
        self.model.images |= {future.result(30): number for future in sent}

    @precondition(lambda self: self.model.open is not None)
    @rule(champion=st.sampled_from(["ready", "ready", "failed", "silent", "gone"]), shadows=st.data())
    def a_relay_works(self, champion: Said, shadows: st.DataObject) -> None:
        said: dict[str, Said] = {"champion": champion}
        for slot in SHADOWS:
            said[slot] = shadows.draw(st.sampled_from(["ready", "ready", "failed", "silent", "gone"]))
        self._settle(said)

    def _settle(self, said: Mapping[str, Said]) -> None:
        self.model.believe()
        if self.model.open is None:
            self._lead()
            return
        one = self.model.open
        outcome = self.model.outcome(said)
        self._report(one, said)
        self._report(one, said)  # twice is as good as once
        self._lead()
        self._report(one, dict.fromkeys(SLOTS, "failed"))  # and what comes late is nothing at all
        self.model.settle(outcome)
        if outcome == "active":
            self.model.in_force(one)

    @precondition(lambda self: self.model.open is not None)
    @rule(step=st.sampled_from(["markers", "active", "committed"]))
    def a_relay_dies(self, step: str) -> None:
        self.model.believe()
        one = self.model.open
        if one is None:
            self._lead()
            return
        self._report(one, dict.fromkeys(SLOTS, "ready"))
        self._lead(until=step)
        if step == "committed":
            one.out = True
            self.model.in_force(one)

    @invariant()
    def postgres_knows_what_the_model_knows(self) -> None:
        noted = sorted(revisions.history(self.plane.db, self.deployment), key=lambda n: n.revision.revision)
        there = [(n.revision.revision, n.revision.state, _held(n.revision)) for n in noted]
        assert there == [(one.number, one.state, one.slots) for one in self.model.asked]

    def teardown(self) -> None:
        """Let the relay finish, then read the topics."""
        if self.model.open is not None or any(one.out for one in self.model.asked):
            self._settle(dict.fromkeys(SLOTS, "ready"))
        self.postgres_knows_what_the_model_knows()
        control = {r.revision: r for r in self.plane.control() if r.deployment == self.deployment}
        assert {number: r.state for number, r in control.items()} == {
            one.number: one.state for one in self.model.asked
        }
        active = [revision for revision in control.values() if revision.state == "active"]
        for revision in active:
            assert revision.immediate or dict(revision.starts) == self.plane.markers(revision)
        assert {place: _judged_by(active, place) for place in self.model.images} == self.model.images

    def _ask(self, change: Change, wanted: Slots | None, *, immediate: bool = False) -> None:
        request = Request(self.deployment, change, at=datetime.now(UTC), immediate=immediate)
        if self.model.take(wanted, immediate=immediate):
            stage(self.plane.db, request)
        else:
            with pytest.raises((IllegalTransition, Refused)):
                stage(self.plane.db, request)

    def _report(self, one: Asked, said: Mapping[str, Said]) -> None:
        key = f"{self.deployment}@{one.number}"
        for slot, word in said.items():
            if word == "gone":
                self.plane.leave(slot)
            else:
                self.plane.report(slot, {} if word == "silent" else {key: word})

    def _lead(self, until: str | None = None) -> None:
        """A term of a relay: until nothing is staged, or until it dies right after a step."""

        def die(step: str) -> None:
            if step == until:
                raise Died

        with (
            closing(connect(self.plane.settings)) as db,
            suppress(Died),
            Leading(self.plane.settings, db, die) as leading,
        ):
            while revisions.staged(db):
                leading.tick()


def held_by(model_version: str) -> Assignment:
    """A ModelVersion as Postgres gives it back."""
    made = assignment(model_version)
    return replace(made, spec=json.loads(json.dumps(made.spec)))


def _held(revision: Revision) -> Slots:
    return {slot: (held.model_version, held.paused) for slot, held in revision.slots.items()}


def _judged_by(active: list[Revision], place: Place) -> int | None:
    """DESIGN: the greatest revision whose start is at or before the image."""
    numbers = [r.revision for r in active if r.starts[place.partition] <= place.offset]
    return max(numbers, default=None)


@pytest.fixture
def plane(kafka: KafkaSettings, postgres: PostgresSettings) -> Iterator[ControlPlane]:
    with ControlPlane(kafka, postgres, load_timeout_s=LOAD_TIMEOUT_S) as plane:
        plane.make_topics()
        yield plane


def test_whatever_is_asked_and_whoever_dies_the_control_plane_does_as_its_model(plane: ControlPlane) -> None:
    class Machine(ControlPlaneMachine):
        pass

    Machine.plane = plane
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=4,
            stateful_step_count=16,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        ),
    )
