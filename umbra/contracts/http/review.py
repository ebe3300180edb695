"""Reviews over HTTP: what a person says is in the image of a landing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from umbra.contracts.http.image import PredictedAsset, Total

Landings = Literal["one", "newest", "all"]
"""Which landings of an image id are meant when there are several: none of them, the newest, or each."""

ImageId = Annotated[str, Field(min_length=1, max_length=1000)]

MOST_REVIEWS = 1000
"""In one request; its body has a limit too."""

Queue = Literal["newest", "contested", "random", "list"]
"""Where the image of a review was drawn from; only `random` leaves nobody a choice."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided where champion and shadow differ.

    Attributes:
        champion, shadow: places in the shapes of the predictions; null where one has none there.
        taken: whose shape was kept; `label`: another label was given.
    """

    kind: Literal["flip", "only-champion", "only-shadow"]
    champion: Annotated[int, Field(ge=0)] | None
    shadow: Annotated[int, Field(ge=0)] | None
    taken: Literal["champion", "shadow", "neither", "label"]


@dataclass(frozen=True, slots=True)
class ReviewBody:
    """What is in an image; no shape: there is nothing.

    Attributes:
        shapes: as in a prediction, without scores: rectangles for detection, polygons or masks for the
            segmentations, classifications. A region of many may say `"crowd": true`.
        based_on: where the reviewer began: the slot of a prediction, or `agreed` or `empty`.
        queue: that the image was drawn from; null: none.
        seconds: that it took.
        reviewer: who says so, where nobody has a token; else it is the token's name.
    """

    shapes: list[dict[str, Any]]
    based_on: str | None = None
    decisions: Annotated[list[Decision], Field(max_length=1000)] = field(default_factory=list)
    queue: Queue | None = None
    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    reviewer: Annotated[str, Field(min_length=1, max_length=64)] | None = None


@dataclass(frozen=True, slots=True)
class NamedReview:
    """One of many.

    Attributes:
        image_ids: the first that there is, is meant.
        at: `<partition>-<offset>`: this landing of it.
        relative: coordinates are shares of the image's width and height instead of pixels.
    """

    image_ids: Annotated[list[ImageId], Field(min_length=1, max_length=5)]
    shapes: list[dict[str, Any]]
    based_on: str | None = None
    at: str | None = None
    relative: bool = False


@dataclass(frozen=True, slots=True)
class ManyReviews:
    """Each is stored or told of by itself."""

    items: Annotated[list[NamedReview], Field(max_length=MOST_REVIEWS)]
    landings: Landings = "one"


@dataclass(frozen=True, slots=True)
class RefusedReview:
    """Why a review was not stored."""

    image_id: str
    reason: str


@dataclass(slots=True)
class Stored:
    """What became of many reviews; counts are of landings.

    Attributes:
        created, corrected: are new, the first or a later one of their landing.
        unchanged: say what the newest review of their landing says.
        not_found: the first image id of those no landing has.
        ambiguous: image ids that several landings have.
    """

    created: int = 0
    corrected: int = 0
    unchanged: int = 0
    not_found: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    refused: list[RefusedReview] = field(default_factory=list)

    def add(self, other: "Stored") -> None:
        """Count the other ones too."""
        self.created += other.created
        self.corrected += other.corrected
        self.unchanged += other.unchanged
        self.not_found += other.not_found
        self.ambiguous += other.ambiguous
        self.refused += other.refused


@dataclass(frozen=True, slots=True)
class Review:
    """A review of one landing.

    Attributes:
        review: its number, counted from 1 for each landing; the greatest is the ground truth.
        based_on_version: the ModelVersion whose prediction the reviewer began from.
        width, height: pixels of the image; null when no model could decode it.
        queue, decisions, seconds: how it came about.
        withdrawn: it says that the image has no ground truth any more.
    """

    image_id: str
    landed_at: datetime
    partition: int
    offset: int
    review: int
    shapes: list[dict[str, Any]]
    based_on: str | None
    based_on_version: str | None
    reviewer: str
    reviewed_at: datetime
    width: int | None
    height: int | None
    queue: Queue | None
    decisions: list[Decision]
    seconds: float | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class ReviewHistory:
    """Every review of one landing, newest first."""

    items: list[Review]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Reviews:
    """The ground truth of every reviewed landing, oldest landing first.

    Attributes:
        next: the cursor of what follows; null at the end.
    """

    items: list[Review]
    next: str | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """Images to review, the next one first.

    Attributes:
        remaining: how many there are in all, those of `items` too.
    """

    items: list[PredictedAsset]
    remaining: Total
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ReviewerProgress:
    """One reviewer.

    Attributes:
        reviewed: landings they have the last word on.
        median_seconds: for one; null where none says how long it took.
    """

    reviewer: str
    reviewed: int
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """How far the reviewers of a deployment are.

    Attributes:
        reviewed: landings with a ground truth; `by_queue` those of each queue, "none" of no queue.
    """

    reviewed: int
    goal: int
    by_queue: dict[str, int]
    by_reviewer: list[ReviewerProgress]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ReviewGoal:
    """How many reviews are wanted."""

    goal: Annotated[int, Field(ge=1, le=1_000_000)]
