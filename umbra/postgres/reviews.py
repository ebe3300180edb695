"""Reviews: what people say is in the images of landings, with its history."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.rows import class_row

from umbra.core.errors import UmbraError
from umbra.core.judgement import LandingKey
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.rows import json_rows
from umbra.postgres.statements import statements

_sql = statements("reviews")

MOST_LANDINGS = 1000
"""Of one image id; of a camera that is its key there may be millions."""


@dataclass(frozen=True, slots=True)
class Review:
    """A row.

    Attributes:
        review: counted from 1 for each landing.
        based_on: where the reviewer began; `based_on_version` the ModelVersion that was.
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
    queue: str | None
    decisions: list[dict[str, Any]]
    seconds: float | None
    withdrawn: bool


class StaleReview(UmbraError):
    """The newest review of the landing is another one than the request began from."""


class Wanted(NamedTuple):
    """A landing asked for by image id: the first id of `image_ids` that there is, at `place` or anywhere."""

    image_ids: Sequence[str]
    place: tuple[int, int] | None = None


class Landing(NamedTuple):
    """A landing that somebody judged.

    Attributes:
        width, height: pixels; None when no model could decode it.
        versions: slot to ModelVersion.
    """

    image_id: str
    key: LandingKey
    width: int | None
    height: int | None
    versions: dict[str, str]


def landings(
    db: Connection, deployment: str, wanted: Sequence[Wanted], most: int = MOST_LANDINGS
) -> list[list[Landing]]:
    """For each that is wanted its landings, newest first; none when there is none."""
    asked = [
        (item, choice, image_id, *(of.place or (None, None)))
        for item, of in enumerate(wanted)
        for choice, image_id in enumerate(of.image_ids)
    ]
    names = ("item", "choice", "image_id", "partition", "offset")
    columns = {name: [row[place] for row in asked] for place, name in enumerate(names)}
    found: list[list[Landing]] = [[] for _ in wanted]
    chosen: dict[int, int] = {}
    for item, choice, image_id, *key, width, height, versions in db.execute(
        _sql["find_landings"], {"deployment": deployment, "limit": most, **columns}
    ):
        if chosen.setdefault(item, choice) == choice:
            found[item].append(Landing(image_id, LandingKey(*key), width, height, versions))
    return found


@dataclass(frozen=True, slots=True)
class NewReview:
    """A review on its way in."""

    landing: Landing
    deployment: str
    task: str
    shapes: list[dict[str, Any]]
    reviewer: str
    based_on: str | None = None
    decisions: list[dict[str, Any]] = field(default_factory=list)
    queue: str | None = None
    seconds: float | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class BeganFrom:
    """The number of the review that a request began from; None: there was none."""

    review: int | None


def add_one(db: Connection, review: NewReview, began_from: BeganFrom | None) -> None:
    """Add a review, unless the newest one says the same.

    Raises:
        StaleReview: somebody else's came in between.
    """
    with transaction(db):
        db.execute(_sql["lock"], {"deployment": review.deployment})
        if began_from is not None:
            _check(began_from, review, history(db, review.deployment, review.landing.key))
        add(db, [review], shapes_alone=False)


def _check(began_from: BeganFrom, new: NewReview, known: Sequence[Review]) -> None:
    newest = known[0] if known and not known[0].withdrawn else None
    if (newest.review if newest else None) == began_from.review:
        return
    if newest is None:
        raise StaleReview(f"The review of {new.landing.image_id} was withdrawn.")
    # Sent again because the first answer was lost, it is no conflict with itself.
    if (_shapes(newest), newest.reviewer, new.withdrawn) == (_shapes(new), new.reviewer, False):
        return
    raise StaleReview(
        f"{newest.reviewer} saved review {newest.review} of {new.landing.image_id} at "
        f"{newest.reviewed_at:%Y-%m-%dT%H:%M:%SZ}."
    )


def _shapes(review: Review | NewReview) -> list[dict[str, Any]]:
    """As they come back from JSON."""
    shapes: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(review.shapes))
    return shapes


def add(db: Connection, reviews: Sequence[NewReview], *, shapes_alone: bool) -> dict[LandingKey, int]:
    """Add reviews of one deployment, at most one a landing; the numbers of those that say something new.

    Args:
        shapes_alone: a review with the shapes of the newest one says nothing new, whoever it is from.
    """
    if not reviews:
        return {}
    with transaction(db):
        db.execute(_sql["lock"], {"deployment": reviews[0].deployment})
        rows = {"reviews": json_rows(_row(review) for review in reviews), "shapes_alone": shapes_alone}
        return {LandingKey(*key): number for *key, number in db.execute(_sql["insert"], rows)}


def history(db: Connection, deployment: str, key: LandingKey) -> list[Review]:
    """Every review of a landing, newest first."""
    return _reviews(db, "select_history", {"deployment": deployment, **key._asdict()})


def newest(db: Connection, deployment: str, after: LandingKey | None, limit: int) -> list[Review]:
    """The ground truth of the landings behind `after`, oldest first, at most `limit`."""
    cursor = dict(
        zip(("after_at", "after_partition", "after_offset"), after or (None, None, None), strict=True)
    )
    return _reviews(db, "select_newest", {"deployment": deployment, "limit": limit, **cursor})


def count_by_queue(db: Connection, deployment: str) -> dict[str, int]:
    """How many landings have a ground truth, by its queue; "none" of no queue."""
    return dict(db.execute(_sql["count_by_queue"], {"deployment": deployment}).fetchall())


class Reviewed(NamedTuple):
    """What a reviewer has the last word on; the seconds are the median of an image."""

    reviewer: str
    landings: int
    seconds: float | None


def count_by_reviewer(db: Connection, deployment: str) -> list[Reviewed]:
    """Who has the last word on how many landings, most first."""
    return [Reviewed(*row) for row in db.execute(_sql["count_by_reviewer"], {"deployment": deployment})]


def goal(db: Connection, deployment: str) -> int | None:
    """How many reviews are wanted; None when nobody has said."""
    row = db.execute(_sql["find_goal"], {"deployment": deployment}).fetchone()
    return row[0] if row else None


def set_goal(db: Connection, deployment: str, wanted: int) -> None:
    """Say how many reviews are wanted."""
    with transaction(db):
        db.execute(_sql["set_goal"], {"deployment": deployment, "goal": wanted})


def _reviews(db: Connection, statement: str, parameters: dict[str, Any]) -> list[Review]:
    with db.cursor(row_factory=class_row(Review)) as cursor:
        return cursor.execute(_sql[statement], parameters).fetchall()


def _row(review: NewReview) -> dict[str, Any]:
    landing = review.landing
    return {
        **landing.key._asdict(),
        "deployment": review.deployment,
        "image_id": landing.image_id,
        "width": landing.width,
        "height": landing.height,
        "task": review.task,
        "shapes": review.shapes,
        "based_on": review.based_on,
        "based_on_version": landing.versions.get(review.based_on or ""),
        "reviewer": review.reviewer,
        "decisions": review.decisions,
        "queue": review.queue,
        "seconds": review.seconds,
        "withdrawn": review.withdrawn,
    }
