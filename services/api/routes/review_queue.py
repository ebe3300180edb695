"""What is to be reviewed next, and how far the reviewers are."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.api.adapters import Db, Name
from services.api.assets import place_of, predicted_asset
from services.api.problems import not_found
from services.http.gates import needs
from umbra.contracts.http.image import Total
from umbra.contracts.http.review import ReviewerProgress, ReviewGoal, ReviewProgress, ReviewQueue
from umbra.core.change import in_force
from umbra.core.names import SHADOW, slot_order
from umbra.core.revision import Revision
from umbra.core.role import Role
from umbra.core.window import window
from umbra.postgres import images, review_queue, reviews, revisions
from umbra.postgres.connection import Connection
from umbra.postgres.review_queue import Frame

router = APIRouter(prefix="/v1/deployments/{deployment}/reviews", tags=["reviews"])

_COUNTED = 10_000
_GOAL = 500

Exclude = Annotated[
    list[str] | None, Query(description="`<partition>-<offset>` of images that are in hand.", max_length=200)
]


@router.get(
    "/queue", dependencies=[needs(Role.VIEWER)], summary="Images to review: judged, without a ground truth"
)
def get_queue(
    deployment: Name,
    db: Db,
    order: Annotated[
        Literal["newest", "contested", "random"],
        Query(description="Only with `random` AP is free of the reviewers' choice."),
    ] = "newest",
    n: Annotated[int, Query(ge=1, le=100)] = 10,
    slot: Annotated[
        str | None, Query(description="Whose differences from the champion count; the first shadow's.")
    ] = None,
    length: Annotated[str, Query(alias="window", description="How far back: 24h, 7d.")] = "7d",
    exclude: Exclude = None,
) -> ReviewQueue:
    now = datetime.now(UTC)
    since = window(now, length).start
    excluded = [place for place in exclude or () if place_of(place)]
    frame = Frame(deployment, slot or _first_shadow(db, deployment), since, excluded)
    landings = review_queue.select(db, frame, order, n)
    found = review_queue.count(db, frame, _COUNTED + 1)
    return ReviewQueue(
        [predicted_asset(asset) for asset in images.of(db, deployment, landings)],
        Total(min(found, _COUNTED), exact=found <= _COUNTED),
        now,
    )


@router.get("/progress", dependencies=[needs(Role.VIEWER)], summary="How many are reviewed, by whom")
def get_progress(deployment: Name, db: Db) -> ReviewProgress:
    _standing(db, deployment)
    by_queue = reviews.count_by_queue(db, deployment)
    return ReviewProgress(
        reviewed=sum(by_queue.values()),
        goal=reviews.goal(db, deployment) or _GOAL,
        by_queue=by_queue,
        by_reviewer=[ReviewerProgress(*each) for each in reviews.count_by_reviewer(db, deployment)],
        as_of=datetime.now(UTC),
    )


@router.put("/goal", dependencies=[needs(Role.REVIEWER)], summary="Say how many reviews are wanted")
def put_goal(deployment: Name, body: ReviewGoal, db: Db) -> ReviewGoal:
    _standing(db, deployment)
    reviews.set_goal(db, deployment, body.goal)
    return body


def _first_shadow(db: Connection, deployment: str) -> str:
    current = in_force(_standing(db, deployment))
    return min(current.shadows, key=slot_order, default=SHADOW) if current else SHADOW


def _standing(db: Connection, deployment: str) -> list[Revision]:
    found = revisions.standing(db, deployment)
    if not found:
        raise not_found("deployment", deployment)
    return found
