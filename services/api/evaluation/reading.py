"""Reviews and predictions out of PostgreSQL, each read and decoded once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from services.api.evaluation.kept import Kept
from umbra.contracts.evaluated import Said, Truth, said_of, truth_of
from umbra.contracts.ground_truth import Size, size_of
from umbra.contracts.manifest import Task
from umbra.core.evaluation_selection import Judged
from umbra.core.judgement import LandingKey
from umbra.core.names import CHAMPION, is_replay, slot_order
from umbra.core.revision import Revision
from umbra.core.window import Window
from umbra.postgres import evaluation, revisions
from umbra.postgres.connection import Connection
from umbra.postgres.evaluation import ReviewedRow, ShapesKey, TruthKey

_MOST_IMAGES = 200_000
"""Decoded predictions that are kept, some 2 kB each; of reviews as many again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A deployment as evaluation needs it.

    Attributes:
        slots: slot → ModelVersion assigned now.
        assignments: revision → the ModelVersions that were to judge its images.
    """

    task: Task
    labels: tuple[str, ...]
    slots: dict[str, str]
    assignments: dict[int, frozenset[str]]

    def with_replay(self, slot: str | None, judged: Iterable[Judged]) -> "Standing":
        """As if the replay of this slot, when it is one, were assigned now."""
        if slot is None or not is_replay(slot):
            return self
        replayed = (of.model_version for of in judged if of.slot == slot)
        version = next(replayed, None)
        return self if version is None else replace(self, slots={**self.slots, slot: version})


class Found(NamedTuple):
    """Which reviews and predictions a window has; equal when no figure can have changed."""

    standing: Standing
    reviewed: list[ReviewedRow]
    judged: list[Judged]

    @property
    def keys(self) -> list[TruthKey]:
        return [row.key for row in self.reviewed]


class Reviewed(NamedTuple):
    """The ground truth of a landing.

    Attributes:
        review: its number.
        size: of the image; None when no model could decode it.
    """

    review: int
    truth: Truth
    size: Size | None


class _SaidKey(NamedTuple):
    shapes: ShapesKey
    review: int | None
    """Where masks are compared: how they lie on the truth is of this review."""


class Reader:
    """Reads through a connection; what it has decoded it keeps."""

    def __init__(self) -> None:
        self._truths: Kept[TruthKey, Reviewed] = Kept(_MOST_IMAGES)
        self._said: Kept[_SaidKey, Said] = Kept(_MOST_IMAGES)

    def find(self, db: Connection, deployment: str, window: Window) -> Found | None:
        """What there is; None when there never was such a deployment."""
        standing = standing_in([noted.revision for noted in revisions.history(db, deployment)])
        if standing is None:
            return None
        reviewed = evaluation.reviewed(db, deployment, standing.task, window)
        return Found(standing, reviewed, evaluation.judged(db, deployment, standing.task, window))

    def truths(self, db: Connection, found: Found) -> dict[LandingKey, Reviewed]:
        """The ground truth of every reviewed landing."""

        def read(missing: list[TruthKey]) -> Iterator[tuple[TruthKey, Reviewed]]:
            for row in evaluation.truths(db, missing):
                size = size_of(row.width, row.height)
                truth = truth_of(found.standing.task, row.shapes, size)
                yield row.key, Reviewed(row.key.review, truth, size)

        return {key.landing: value for key, value in self._truths.all(found.keys, read).items()}

    def said(
        self, db: Connection, task: Task, truths: Mapping[LandingKey, Reviewed], judged: Iterable[Judged]
    ) -> dict[ShapesKey, Said]:
        """The shapes of these predictions of reviewed landings, without failed ones."""
        by_mask = task in ("instance-segmentation", "semantic-segmentation")
        keys = [
            _SaidKey(ShapesKey(of.landing, of.slot), truths[of.landing].review if by_mask else None)
            for of in judged
            if not of.failed
        ]

        def read(missing: list[_SaidKey]) -> Iterator[tuple[_SaidKey, Said]]:
            wanted = {key.shapes: key for key in missing}
            for row in evaluation.shapes(db, wanted):
                on = truths[row.key.landing]
                yield wanted[row.key], said_of(task, row.shapes, row.candidates, on.truth, on.size)

        return {key.shapes: value for key, value in self._said.all(keys, read).items()}


def standing_in(history: Sequence[Revision]) -> Standing | None:
    """The deployment by its revisions, newest first; None when there never was one."""
    holding = [revision for revision in history if revision.slots]
    if not holding:
        return None
    active = [revision for revision in holding if revision.state == "active"]
    shown = active[0] if active else holding[0]
    manifest = shown.slots[CHAMPION].spec["manifest"]
    in_force = next((revision for revision in history if revision.state == "active"), shown)
    return Standing(
        manifest["task"],
        tuple(manifest["labels"]),
        {slot: in_force.slots[slot].model_version for slot in sorted(in_force.slots, key=slot_order)},
        {revision.revision: _judging(revision) for revision in active},
    )


def known_labels(history: Iterable[Revision]) -> frozenset[str]:
    """Every label of any ModelVersion that a deployment ever had."""
    return frozenset(
        label
        for revision in history
        for held in revision.slots.values()
        for label in held.spec["manifest"]["labels"]
    )


def _judging(revision: Revision) -> frozenset[str]:
    return frozenset(held.model_version for held in revision.slots.values() if not held.paused)
