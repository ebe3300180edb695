"""Which images a ModelVersion is evaluated on, and which of its predictions counts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from umbra.core.judgement import LandingKey
from umbra.core.names import is_replay, slot_order

Assignments = Mapping[int, Collection[str]]
"""Revision → the ModelVersions that were to judge its images."""


class Judged(NamedTuple):
    """A prediction, without its shapes."""

    landing: LandingKey
    slot: str
    model_version: str
    revision: int
    failed: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One ModelVersion.

    Attributes:
        images: it is evaluated on, in the order of the reviews.
        judged: its prediction of each that it predicted.
    """

    model_version: str
    images: Sequence[LandingKey]
    judged: Mapping[LandingKey, Judged]

    def only(self, images: Collection[LandingKey]) -> "Side":
        """The same on fewer images."""
        return Side(self.model_version, [key for key in self.images if key in images], self.judged)


def sides(
    reviewed: Sequence[LandingKey], judged: Iterable[Judged], assignments: Assignments, now: Iterable[str]
) -> dict[str, Side]:
    """Every ModelVersion that has predicted a reviewed image, or is assigned now.

    It is evaluated on the images that it predicted, those whose revision assigned it, and those that no
    slot has predicted: not on what came before it was there.

    Args:
        judged: each slot at most once a landing.
        now: the ModelVersions assigned now, in the order of the answer; the others follow, latest first.
    """
    listed = list(judged)
    chosen = _chosen(listed)
    revisions: dict[LandingKey, set[int]] = {}
    for of in listed:
        if not is_replay(of.slot):
            revisions.setdefault(of.landing, set()).add(of.revision)
    expected = {key: _assigned(revisions.get(key), assignments) for key in reviewed}

    def side(version: str) -> Side:
        mine = chosen.get(version, {})
        images = [key for key in reviewed if key in mine or _expects(expected[key], version)]
        return Side(version, images, mine)

    latest: dict[str, int] = {}
    for of in listed:
        latest[of.model_version] = max(of.revision, latest.get(of.model_version, 0))
    before = sorted(latest, key=lambda version: (-latest[version], version))
    return {version: side(version) for version in dict.fromkeys([*now, *before])}


def _chosen(judged: Iterable[Judged]) -> dict[str, dict[LandingKey, Judged]]:
    """By ModelVersion and landing: a live prediction before a replay's, the champion's before a shadow's."""
    found: dict[str, dict[LandingKey, Judged]] = {}
    for of in sorted(judged, key=lambda of: (is_replay(of.slot), slot_order(of.slot))):
        found.setdefault(of.model_version, {}).setdefault(of.landing, of)
    return found


def _assigned(revisions: Collection[int] | None, assignments: Assignments) -> Collection[str] | None:
    if revisions is None:
        return None
    return {version for revision in revisions for version in assignments.get(revision, ())}


def _expects(expected: Collection[str] | None, version: str) -> bool:
    return expected is None or version in expected
