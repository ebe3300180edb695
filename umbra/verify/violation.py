"""What the proof claims, and what speaks against it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

SHOWN = 20
"""So many violations are kept word for word; the others are counted."""


class Claim(Enum):
    """What is proven, in the order it is shown; the value is its name in JSON."""

    CHAMPION = "champion"
    STARTS = "starts"
    SHADOWS = "shadows"
    IN_FORCE = "in-force"
    IMAGES_ONLY = "images-only"
    PAIRS = "pairs"

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    Claim.CHAMPION: "Every image has exactly one champion prediction.",
    Claim.STARTS: "Its revision and model are those that the `starts` of its partition name.",
    Claim.SHADOWS: "Every image has exactly one prediction of each shadow in its revision, and no other.",
    Claim.IN_FORCE: "No prediction names a revision that failed, is only staged, or is unknown.",
    Claim.IMAGES_ONLY: "No prediction is about anything but an image of a deployment in force there.",
    Claim.PAIRS: "Every image with a shadow is paired in PostgreSQL, once, under the right two versions.",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as claimed.

    Attributes:
        kind: a slug that says what is wrong, like `missing`.
        partition, offset: of the image; no offset when it cannot be told.
        slot: None when it cannot be told.
        found, expected: for people.
        record: where the prediction stands, `<topic>:<partition>:<offset>`; None when there is none.
    """

    claim: Claim
    kind: str
    partition: int
    offset: int | None
    slot: str | None
    found: str
    expected: str
    record: str | None = None


@dataclass(slots=True)
class Findings:
    """Everything that was found, in memory that does not grow with it.

    Attributes:
        checked: by claim, how often it was held against something.
        pending: by claim, how often it could not be yet: somebody has not come that far.
        counts: of what lies outside the proof, by name.
    """

    checked: Counter[Claim] = field(default_factory=Counter)
    pending: Counter[Claim] = field(default_factory=Counter)
    violated: Counter[Claim] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    first: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, violation: Violation) -> None:
        self.count(violation.claim, violation.kind)
        if len(self.first) < SHOWN:
            self.first.append(violation)

    def count(self, claim: Claim, kind: str, times: int = 1) -> None:
        """Violations that are not kept word for word; often none."""
        if not times:
            return
        self.violated[claim] += times
        self.kinds[kind] += times
