from datetime import UTC, datetime

from umbra.core.assignment_run import runs
from umbra.core.revision import Assignment, Revision

AT = datetime(2026, 11, 22, tzinfo=UTC)


def revision(number: int, **slots: str) -> Revision:
    held = {slot: Assignment(name, {"manifest": {"labels": ["0", name]}}) for slot, name in slots.items()}
    return Revision("digits", number, "create", "active", held, AT)


def test_no_shadow_is_no_run() -> None:
    assert runs([]) == []
    assert runs([revision(1, champion="a")]) == []


def test_a_run_ends_when_either_side_changes_and_is_another_one_when_it_comes_back() -> None:
    found = runs(
        [
            revision(1, champion="a"),
            revision(2, champion="a", shadow="b"),
            revision(4, champion="a", shadow="b", canary="c"),
            revision(5, champion="b", shadow="a", canary="c"),
            revision(6, champion="a", shadow="b"),
        ]
    )

    assert [(run.slot, run.champion, run.shadow, run.revisions) for run in found] == [
        ("shadow", "a", "b", (6,)),
        ("canary", "b", "c", (5,)),
        ("shadow", "b", "a", (5,)),
        ("canary", "a", "c", (4,)),
        ("shadow", "a", "b", (2, 4)),
    ]
    assert found[0].labels == ("0", "a", "b")
