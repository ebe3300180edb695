"""What must be there of the images of one partition, in numbers that fit an array."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from umbra.verify.control import Control, Revision
from umbra.verify.starts import is_waited_for, stretches

NOTHING, MARKER, UNKNOWN, WAITED_FOR, FIRST = range(5)
"""Codes of offsets: no record is there (transactions leave gaps); a marker; an image of no deployment in
force; one whose deployment has not said yet from where it counts. From FIRST on they are expectations."""


@dataclass(frozen=True)
class Expectation:
    """Of all images of a deployment in one stretch.

    Attributes:
        allowed: see `Stretch`.
        must: slots that have exactly one prediction of each.
        may: slots that can have one; more than `must` only behind an immediate change.
    """

    deployment: str
    allowed: tuple[Revision, ...]
    must: frozenset[str]
    may: frozenset[str]

    @property
    def in_force(self) -> Revision:
        return self.allowed[0]


class Expected:
    """The expectations of one partition."""

    def __init__(self, control: Control, topic_id: str, partition: int) -> None:
        self.rows: list[Expectation] = []
        self._firsts: dict[str, list[int]] = {}
        self._codes: dict[str, list[int]] = {}
        self._waited_for: set[str] = set()
        self._marks: dict[str, int] = {}
        of_deployment: defaultdict[str, list[Revision]] = defaultdict(list)
        for revision in control.active():
            of_deployment[revision.deployment].append(revision)
        for deployment, revisions in of_deployment.items():
            self._add(deployment, revisions, topic_id, partition)

    def code(self, deployment: str | None, offset: int) -> int:
        """The code of an image."""
        if deployment is None:
            return UNKNOWN
        if deployment in self._waited_for:
            return WAITED_FOR
        stretch = bisect_right(self._firsts.get(deployment, ()), offset) - 1
        return UNKNOWN if stretch < 0 else self._codes[deployment][stretch]

    def row(self, code: int) -> Expectation | None:
        """The expectation of a code; None below FIRST."""
        return None if code < FIRST else self.rows[code - FIRST]

    def marks(self, key: str, offset: int) -> bool:
        """Whether a marker of `<deployment>@<revision>` shows where that revision starts."""
        return self._marks.get(key) == offset

    def slots(self) -> list[str]:
        """Those that judge anything here."""
        return sorted({slot for row in self.rows for slot in row.may})

    def _add(self, deployment: str, revisions: list[Revision], topic_id: str, partition: int) -> None:
        if is_waited_for(revisions, topic_id, partition):
            self._waited_for.add(deployment)
        here = [r for r in revisions if r.topic_id == topic_id and partition in r.starts]
        self._marks |= {revision.key: revision.starts[partition] for revision in here}
        cut = stretches(revisions, topic_id, partition)
        self._firsts[deployment] = [stretch.first for stretch in cut]
        self._codes[deployment] = [self._code(deployment, stretch.allowed) for stretch in cut]

    def _code(self, deployment: str, allowed: tuple[Revision, ...]) -> int:
        judging = [revision.judging() for revision in allowed]
        must, may = frozenset.intersection(*judging), frozenset.union(*judging)
        if not may:
            return UNKNOWN  # deleted
        self.rows.append(Expectation(deployment, allowed, must, may))
        return FIRST + len(self.rows) - 1
