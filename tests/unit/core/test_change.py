from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.change import (
    AssignShadow,
    Change,
    ClearShadow,
    Create,
    Delete,
    PauseShadow,
    Promote,
    Reanchor,
    Request,
    RevisionInProgress,
    RollBack,
    StaleRevision,
    UnknownDeployment,
    in_force,
    is_deleted,
    next_revision,
    open_revision,
)
from umbra.core.errors import IllegalTransition, Refused
from umbra.core.names import CHAMPION, SlotReserved
from umbra.core.revision import Assignment, Revision

AT = datetime(2026, 11, 22, tzinfo=UTC)


def held(model_version: str, task: str = "detection") -> Assignment:
    return Assignment(model_version, {"manifest": {"task": task}})


A, B, C = held("a@1"), held("b@1"), held("c@1")


def ask(change: Change, **given: object) -> Request:
    return Request("digits", change, AT, **given)  # type: ignore[arg-type]


def history(*changes: Change) -> list[Revision]:
    """A deployment after these changes, each of them in force."""
    past: list[Revision] = []
    for change in changes:
        past.append(next_revision(past, ask(change)).activate("topic", {0: len(past)}))
    return past


def versions(revision: Revision) -> dict[str, str]:
    return {slot: held.model_version for slot, held in revision.slots.items()}


def test_a_first_revision_is_number_one_and_based_on_nothing() -> None:
    first = next_revision([], ask(Create(A, {"shadow": B}), reason="begin"))

    assert (first.revision, first.kind, first.state, first.based_on) == (1, "create", "staged", None)
    assert (versions(first), first.reason) == ({"champion": "a@1", "shadow": "b@1"}, "begin")


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ([Create(A, {})], AssignShadow("shadow", B), {"champion": "a@1", "shadow": "b@1"}),
        ([Create(A, {"shadow": B})], AssignShadow("shadow", C), {"champion": "a@1", "shadow": "c@1"}),
        ([Create(A, {"shadow": B})], ClearShadow("shadow"), {"champion": "a@1"}),
        ([Create(A, {"shadow": B})], Promote(None, "shadow"), {"champion": "b@1", "shadow": "a@1"}),
        ([Create(A, {"shadow": B})], Promote("shadow", "retire"), {"champion": "b@1"}),
        (
            [Create(A, {"shadow": B, "canary": C})],
            Promote("canary", "shadow"),
            {"champion": "c@1", "shadow": "b@1", "canary": "a@1"},
        ),
        (
            [Create(A, {"shadow": B, "canary": C})],
            Promote(None, "retire"),
            {"champion": "b@1", "canary": "c@1"},
        ),
        ([Create(A, {"canary": C})], Promote(None, "retire"), {"champion": "c@1"}),
        ([Create(A, {}), AssignShadow("shadow", B)], RollBack(None), {"champion": "a@1"}),
        (
            [Create(A, {"shadow": B}), Promote(None, "shadow"), ClearShadow("shadow")],
            RollBack(1),
            {"champion": "a@1", "shadow": "b@1"},
        ),
        (
            [Create(A, {"shadow": B}), Promote(None, "shadow"), Reanchor()],
            RollBack(None),
            {"champion": "a@1", "shadow": "b@1"},
        ),
        ([Create(A, {"shadow": B})], Reanchor(), {"champion": "a@1", "shadow": "b@1"}),
        ([Create(A, {"shadow": B})], PauseShadow("shadow", True), {"champion": "a@1", "shadow": "b@1"}),
        ([Create(A, {"shadow": B})], Delete(), {}),
    ],
)
def test_what_a_change_makes_of_the_slots(
    before: list[Change], change: Change, after: dict[str, str]
) -> None:
    past = history(*before)

    revision = next_revision(past, ask(change))

    assert versions(revision) == after
    assert (revision.revision, revision.based_on) == (len(past) + 1, len(past))


@pytest.mark.parametrize(
    ("before", "change", "error"),
    [
        ([], AssignShadow("shadow", B), UnknownDeployment),
        ([], RollBack(None), UnknownDeployment),
        ([], Delete(), UnknownDeployment),
        ([Create(A, {}), Delete()], Delete(), IllegalTransition),
        ([Create(A, {})], PauseShadow("shadow", True), IllegalTransition),
        ([Create(A, {"shadow": B})], PauseShadow("shadow", False), IllegalTransition),
        ([Create(A, {"shadow": B})], PauseShadow("champion", True), SlotReserved),
        ([Create(A, {})], Create(B, {}), IllegalTransition),
        ([Create(A, {})], Promote(None, "shadow"), IllegalTransition),
        ([Create(A, {})], Promote("champion", "shadow"), IllegalTransition),
        ([Create(A, {})], ClearShadow("shadow"), IllegalTransition),
        ([Create(A, {})], RollBack(None), IllegalTransition),
        ([Create(A, {})], RollBack(1), IllegalTransition),
        ([Create(A, {"shadow": B})], AssignShadow("shadow", B), IllegalTransition),
        ([Create(A, {"x": B, "y": C})], Promote(None, "shadow"), Refused),
        ([], Create(A, {"champion": B}), SlotReserved),
        ([Create(A, {})], AssignShadow("replay-1", B), SlotReserved),
        ([Create(A, {})], AssignShadow("Shadow", B), Refused),
        ([Create(A, {})], AssignShadow("shadow", held("b@1", "classification")), Refused),
        ([], Create(A, {"shadow": held("b@1", "classification")}), Refused),
    ],
)
def test_what_cannot_be_is_refused(before: list[Change], change: Change, error: type[Exception]) -> None:
    with pytest.raises(error):
        next_revision(history(*before), ask(change))


def test_a_staged_revision_keeps_others_out_unless_they_are_immediate() -> None:
    past = history(Create(A, {}), AssignShadow("shadow", B))
    past.append(next_revision(past, ask(ClearShadow("shadow"))))

    assert open_revision(past) == past[-1]
    with pytest.raises(RevisionInProgress):
        next_revision(past, ask(RollBack(1)))
    immediate = next_revision(past, ask(RollBack(1), immediate=True))
    assert (immediate.revision, immediate.based_on, immediate.immediate) == (4, 2, True)


def test_a_failed_revision_uses_its_number_up_and_changes_nothing() -> None:
    past = history(Create(A, {}))
    past.append(next_revision(past, ask(AssignShadow("shadow", B))).fail("no such operator"))

    after = next_revision(past, ask(AssignShadow("shadow", C)))

    assert (after.revision, after.based_on) == (3, 1)


def test_a_deployment_whose_first_revision_failed_can_be_created_again() -> None:
    failed = next_revision([], ask(Create(A, {}))).fail("no such operator")

    assert in_force([failed]) is None
    assert next_revision([failed], ask(Create(B, {}))).revision == 2
    with pytest.raises(IllegalTransition):
        next_revision([failed], ask(AssignShadow("shadow", B)))


def test_numbers_go_on_after_a_delete() -> None:
    past = history(Create(A, {}), Delete())
    assert in_force(past) is None
    assert is_deleted(past)

    again = next_revision(past, ask(Create(B, {})))

    assert again.revision == 3
    assert not is_deleted([*past, again])
    assert is_deleted([*past, again.fail("no such operator")])


@pytest.mark.parametrize("past", [[], history(Create(A, {})), [next_revision([], ask(Create(A, {})))]])
def test_what_was_never_deleted_is_not(past: list[Revision]) -> None:
    assert not is_deleted(past)


def test_a_paused_shadow_is_resumed_promoted_and_replaced_unpaused() -> None:
    paused = history(Create(A, {"shadow": B}), PauseShadow("shadow", True))
    assert paused[-1].slots["shadow"] == replace(B, paused=True)

    for change in (PauseShadow("shadow", False), AssignShadow("shadow", B), Promote(None, "retire")):
        after = next_revision(paused, ask(change))
        assert not any(held.paused for held in after.slots.values())


@pytest.mark.parametrize(("expected", "stale"), [(None, False), (1, False), (2, True)])
def test_a_change_of_something_else_than_was_seen_is_stale(expected: int | None, stale: bool) -> None:
    request = ask(AssignShadow("shadow", B), expected=expected)
    if stale:
        with pytest.raises(StaleRevision):
            next_revision(history(Create(A, {})), request)
    else:
        assert next_revision(history(Create(A, {})), request).revision == 2


changes = st.one_of(
    st.builds(AssignShadow, st.sampled_from(["shadow", "canary"]), st.sampled_from([A, B, C])),
    st.builds(ClearShadow, st.sampled_from(["shadow", "canary"])),
    st.builds(PauseShadow, st.sampled_from(["shadow", "canary"]), st.booleans()),
    st.builds(Promote, st.sampled_from(["shadow", "canary", None]), st.sampled_from(["shadow", "retire"])),
    st.builds(RollBack, st.one_of(st.none(), st.integers(1, 8))),
)


@given(st.lists(changes, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_whatever_is_asked_there_is_one_champion_and_the_numbers_count_up(
    asked: list[Change], succeeds: list[bool]
) -> None:
    past = history(Create(A, {}))
    for change, ok in zip(asked, succeeds, strict=False):
        try:
            revision = next_revision(past, ask(change))
        except (IllegalTransition, Refused):
            continue
        past.append(revision.activate("topic", {}) if ok else revision.fail("no"))

    assert [revision.revision for revision in past] == list(range(1, len(past) + 1))
    assert all(CHAMPION in revision.slots for revision in past)
