from datetime import UTC, datetime

from umbra.core.assignment_run import replay_runs, runs
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


def test_a_replay_is_beside_each_champion_there_was() -> None:
    model = Assignment("c", {"manifest": {"labels": ["9"]}})
    found = replay_runs(
        [
            revision(1, champion="a"),
            revision(2, champion="a", shadow="b"),
            revision(3, champion="b", shadow="a"),
            revision(4),
            revision(5, champion="a"),
        ],
        "replay-1",
        model,
    )

    assert [(run.slot, run.champion, run.shadow, run.revisions) for run in found] == [
        ("replay-1", "a", "c", (1, 2, 5)),
        ("replay-1", "b", "c", (3,)),
    ]
    assert found[0].labels == ("0", "a", "9")
    assert replay_runs([], "replay-1", model) == []
