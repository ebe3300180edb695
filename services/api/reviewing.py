"""Reviews on their way in: which landing is meant, and whether they can be its ground truth."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import msgspec

from services.api.assets import place_of
from services.api.evaluation.reading import known_labels, standing_in
from services.api.problems import not_found
from services.http.problem import Problem
from umbra.contracts.evaluated import disjoint
from umbra.contracts.ground_truth import ground_truth, scaled, size_of
from umbra.contracts.http.review import (
    Decision,
    Landings,
    NamedReview,
    RefusedReview,
    Review,
    ReviewBody,
    Stored,
)
from umbra.contracts.manifest import Task
from umbra.core.errors import Refused
from umbra.core.judgement import LandingKey
from umbra.core.tokens import ANONYMOUS
from umbra.postgres import reviews, revisions
from umbra.postgres.connection import Connection
from umbra.postgres.reviews import BeganFrom, Landing, NewReview, Wanted

_LONGEST_TAG = 10
_BEGINNINGS = frozenset({"agreed", "empty"})
"""Where a reviewer may begin besides the prediction of a slot."""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Who reviews what.

    Attributes:
        labels: those that any ModelVersion of the deployment ever had.
    """

    deployment: str
    task: Task
    labels: frozenset[str]
    reviewer: str

    def new(self, landing: Landing, body: ReviewBody | NamedReview) -> NewReview:
        """The review of a landing.

        Raises:
            Refused: it cannot be its ground truth.
        """
        size = size_of(landing.width, landing.height)
        shapes = body.shapes
        if isinstance(body, NamedReview) and body.relative:
            if size is None:
                raise Refused("No model could decode the image, so its size is not known: give pixels.")
            shapes = scaled(shapes, size)
        read = ground_truth(shapes, self.task, self.labels, size)
        if self.task == "semantic-segmentation":
            disjoint(read, size)
        if body.based_on is not None and body.based_on not in {*_BEGINNINGS, *landing.versions}:
            raise Refused(
                f"based_on {body.based_on!r} is no slot that predicted {landing.image_id}: name one of "
                f"{', '.join(sorted({*_BEGINNINGS, *landing.versions}))}."
            )
        plain = msgspec.to_builtins(read)
        new = NewReview(landing, self.deployment, self.task, plain, self.reviewer, body.based_on)
        if isinstance(body, NamedReview):
            return new
        decisions = [asdict(decision) for decision in body.decisions]
        reviewer = self._named(body.reviewer)
        return replace(new, reviewer=reviewer, decisions=decisions, queue=body.queue, seconds=body.seconds)

    def withdrawal(self, landing: Landing) -> NewReview:
        """What says that a landing has no ground truth any more."""
        return NewReview(landing, self.deployment, self.task, [], self.reviewer, withdrawn=True)

    def _named(self, name: str | None) -> str:
        """Who says so: whoever says who they are, where nobody has to prove it."""
        return name if name is not None and self.reviewer == ANONYMOUS else self.reviewer


def reviewing(db: Connection, deployment: str, reviewer: str) -> Reviewing:
    """Who asks, and what may be said of the images of the deployment.

    Raises:
        Problem: there is no such deployment.
    """
    history = [noted.revision for noted in revisions.history(db, deployment)]
    standing = standing_in(history)
    if standing is None:
        raise not_found("deployment", deployment)
    return Reviewing(deployment, standing.task, known_labels(history), reviewer)


def store_one(
    db: Connection,
    who: Reviewing,
    image_id: str,
    at: str | None,
    body: ReviewBody,
    began_from: BeganFrom | None = None,
) -> reviews.Review:
    """Store a review; the newest of its landing, which is the one before when it says the same.

    Raises:
        Problem: there is no such landing, or several.
        Refused: it cannot be its ground truth.
        StaleReview: it began from another review than the newest.
    """
    landing = the_landing(db, who.deployment, image_id, at)
    reviews.add_one(db, who.new(landing, body), began_from)
    return reviews.history(db, who.deployment, landing.key)[0]


def withdraw(
    db: Connection, who: Reviewing, image_id: str, at: str | None, began_from: BeganFrom | None
) -> reviews.Review:
    """Leave a landing without ground truth; what was said of it stays in its history.

    Raises:
        Problem: there is no such landing, or several, or nothing to withdraw.
        StaleReview: another review is the newest.
    """
    landing = the_landing(db, who.deployment, image_id, at)
    known = reviews.history(db, who.deployment, landing.key)
    if not known or known[0].withdrawn:
        raise not_found("review", f"of {image_id}")
    reviews.add_one(db, who.withdrawal(landing), began_from)
    return reviews.history(db, who.deployment, landing.key)[0]


def began_from(if_match: str | None, if_none_match: str | None) -> BeganFrom | None:
    """What the headers of a request say that it began from; None: they do not say.

    Raises:
        Problem: they say it in no way that is known.
    """
    if if_none_match is not None:
        if if_none_match.strip() != "*" or if_match is not None:
            raise Problem(
                422, "invalid-request", "Only `If-None-Match: *` is known here, alone.", "Or use If-Match."
            )
        return BeganFrom(None)
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().strip('"')
    # A tag that no review ever had is as stale as an old one.
    return BeganFrom(int(tag) if tag.isascii() and tag.isdecimal() and len(tag) < _LONGEST_TAG else -1)


def the_landing(db: Connection, deployment: str, image_id: str, at: str | None) -> Landing:
    """The one landing that is meant.

    Raises:
        Problem: there is none, or several and `at` does not say which.
    """
    wanted = Wanted([image_id], place_of(at) if at else None)
    (found,) = reviews.landings(db, deployment, [wanted], most=2)
    if not found:
        place = f" at {at}" if at else ""
        raise not_found("image", f"{image_id}{place} of {deployment}", "It may not have been judged yet.")
    if len(found) > 1 and at is None:
        places = ", ".join(f"{of.key.partition}-{of.key.offset}" for of in found)
        raise Problem(
            409,
            "ambiguous-image",
            f"{image_id} landed several times: at {places} …",
            f"Say which with ?at={found[0].key.partition}-{found[0].key.offset}.",
        )
    return found[0]


class _Named(NamedTuple):
    review: NamedReview
    landings: Sequence[Landing]


def store_many(db: Connection, who: Reviewing, items: Sequence[NamedReview], meant: Landings) -> Stored:
    """Store each review that can be stored, and tell of the others."""
    told = Stored()
    named = [of for of in _named(db, who.deployment, items, meant, told) if of.landings]
    new: dict[LandingKey, NewReview] = {}
    for review, landings in named:
        for landing in landings:
            _collect(who, review, landing, new, told)
    numbers = reviews.add(db, list(new.values()), shapes_alone=True)
    told.created = sum(number == 1 for number in numbers.values())
    told.corrected = len(numbers) - told.created
    told.unchanged = len(new) - len(numbers)
    return told


def _collect(
    who: Reviewing, review: NamedReview, landing: Landing, new: dict[LandingKey, NewReview], told: Stored
) -> None:
    name = review.image_ids[0]
    if landing.key in new:
        told.refused.append(RefusedReview(name, f"Another one is of {landing.image_id} too: send one."))
        return
    try:
        new[landing.key] = who.new(landing, review)
    except Refused as err:
        told.refused.append(RefusedReview(name, str(err)))


def _named(
    db: Connection, deployment: str, items: Sequence[NamedReview], meant: Landings, told: Stored
) -> list[_Named]:
    """Each review with the landings it is for; none for those that are told of."""
    wanted = [Wanted(item.image_ids, place_of(item.at) if item.at else None) for item in items]
    found = []
    for item, landings in zip(items, reviews.landings(db, deployment, wanted), strict=True):
        if not landings:
            told.not_found.append(item.image_ids[0])
        if len(landings) > 1 and meant == "one":
            told.ambiguous.append(landings[0].image_id)
            continue
        found.append(_Named(item, landings if meant == "all" else landings[:1]))
    return found


def shown(review: reviews.Review) -> Review:
    """A review as the API shows it."""
    fields: dict[str, Any] = asdict(review)
    return Review(**fields | {"decisions": [Decision(**each) for each in review.decisions]})
