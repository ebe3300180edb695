"""Runs of revisions in which a slot compares the same two ModelVersions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from umbra.core.names import CHAMPION
from umbra.core.revision import Assignment, Revision


@dataclass(frozen=True, slots=True)
class Run:
    """A champion and a shadow that stayed together; a comparison never spans two runs.

    Attributes:
        revisions: their numbers, the oldest first.
        labels: those of both models, in the champion's order.
        task: of both models; empty when it is not known.
    """

    slot: str
    champion: str
    shadow: str
    revisions: tuple[int, ...]
    labels: tuple[str, ...]
    task: str = ""

    @property
    def since_revision(self) -> int:
        return self.revisions[0]


def runs(active: Sequence[Revision]) -> list[Run]:
    """Every run of every shadow slot, newest first.

    Args:
        active: the active revisions of one deployment, the oldest first.
    """
    found: list[Run] = []
    going: dict[str, Run] = {}
    for revision in active:
        found += [going.pop(slot) for slot in going.keys() - revision.slots.keys()]
        for slot in revision.shadows:
            begun = _run(revision.slots[CHAMPION], revision.slots[slot], slot, revision.revision)
            before = going.get(slot)
            if before is not None and _same(before, begun):
                numbers = (*before.revisions, *begun.revisions)
                begun = replace(before, revisions=numbers)
            elif before is not None:
                found.append(before)
            going[slot] = begun
    return sorted((*found, *going.values()), key=lambda run: (-run.since_revision, run.slot))


def replay_runs(active: Sequence[Revision], slot: str, model: Assignment) -> list[Run]:
    """A replay beside each champion there was, newest first; a champion that came back is one with itself.

    Args:
        active: as of `runs`.
        slot: of the replay, `model` the ModelVersion that holds it.
    """
    found: dict[str, Run] = {}
    for revision in active:
        if CHAMPION in revision.slots:
            begun = _run(revision.slots[CHAMPION], model, slot, revision.revision)
            before = found.pop(begun.champion, None)
            numbers = (*before.revisions, revision.revision) if before else begun.revisions
            found[begun.champion] = replace(begun, revisions=numbers)
    return list(reversed(found.values()))


def _run(champion: Assignment, shadow: Assignment, slot: str, revision: int) -> Run:
    labels = dict.fromkeys(
        label for held in (champion, shadow) for label in held.spec.get("manifest", {}).get("labels", ())
    )
    task = str(champion.spec.get("manifest", {}).get("task", ""))
    return Run(slot, champion.model_version, shadow.model_version, (revision,), tuple(labels), task)


def _same(one: Run, other: Run) -> bool:
    return (one.champion, one.shadow) == (other.champion, other.shadow)
