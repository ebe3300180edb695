"""Reviews: what people say is in the images."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from starlette.types import Scope

from services.api.adapters import Db, Name
from services.api.assets import cursor_of, landing_of
from services.api.changes import Asking
from services.api.problems import not_found
from services.api.reviewing import (
    began_from,
    reviewing,
    shown,
    store_many,
    store_one,
    the_landing,
    withdraw,
)
from services.api.routes.images import At
from services.http.gates import needs
from umbra.contracts.http.review import ManyReviews, Review, ReviewBody, ReviewHistory, Reviews, Stored
from umbra.core.judgement import LandingKey
from umbra.core.role import Role
from umbra.postgres import reviews
from umbra.postgres.connection import Connection
from umbra.postgres.reviews import BeganFrom

router = APIRouter(prefix="/v1/deployments/{deployment}", tags=["reviews"])


def _began(
    if_match: Annotated[str | None, Header(description="The ETag of the review it corrects.")] = None,
    if_none_match: Annotated[str | None, Header(description="`*`: only if there is none yet.")] = None,
) -> BeganFrom | None:
    return began_from(if_match, if_none_match)


Began = Annotated[BeganFrom | None, Depends(_began)]


def takes_many(scope: Scope) -> bool:
    """Whether a request may bring as much as many reviews."""
    parts: list[str] = scope["path"].split("/")
    return len(parts) == 5 and parts[1:3] == ["v1", "deployments"] and parts[4] == "reviews"


@router.put(
    "/images/{image_id}/review",
    dependencies=[needs(Role.REVIEWER)],
    summary="Say what is in an image; again: a correction",
    responses={
        409: {"description": "The id has several landings: say which with ?at="},
        412: {"description": "Somebody else's review came in between."},
    },
)
def put_review(
    deployment: Name,
    image_id: Name,
    body: ReviewBody,
    db: Db,
    reviewer: Asking,
    response: Response,
    began: Began,
    at: At = None,
) -> Review:
    """With `If-Match: "<number>"` a correction of that very review, with `If-None-Match: *` the first one."""
    who = reviewing(db, deployment, reviewer)
    stored = store_one(db, who, image_id, at, body, began)
    response.headers["ETag"] = f'"{stored.review}"'
    return shown(stored)


@router.delete(
    "/images/{image_id}/review",
    dependencies=[needs(Role.REVIEWER)],
    summary="Withdraw what was said of an image; its history stays",
    responses={412: {"description": "Somebody else's review came in between."}},
)
def withdraw_review(
    deployment: Name, image_id: Name, db: Db, reviewer: Asking, began: Began, at: At = None
) -> Review:
    return shown(withdraw(db, reviewing(db, deployment, reviewer), image_id, at, began))


@router.get(
    "/images/{image_id}/review",
    dependencies=[needs(Role.VIEWER)],
    summary="What is in an image, by its newest review",
)
def get_review(deployment: Name, image_id: Name, db: Db, response: Response, at: At = None) -> Review:
    newest = _history(db, deployment, image_id, at)[0]
    if newest.withdrawn:
        raise not_found("review", f"of {image_id} any more: {newest.reviewer} withdrew it")
    response.headers["ETag"] = f'"{newest.review}"'
    return newest


@router.get(
    "/images/{image_id}/reviews",
    dependencies=[needs(Role.VIEWER)],
    summary="Every review of an image, newest first",
)
def get_history(deployment: Name, image_id: Name, db: Db, at: At = None) -> ReviewHistory:
    return ReviewHistory(_history(db, deployment, image_id, at), datetime.now(UTC))


@router.post("/reviews", dependencies=[needs(Role.REVIEWER)], summary="Many reviews at once")
def post_reviews(deployment: Name, body: ManyReviews, db: Db, reviewer: Asking) -> Stored:
    who = reviewing(db, deployment, reviewer)
    return store_many(db, who, body.items, body.landings)


@router.get(
    "/reviews",
    dependencies=[needs(Role.VIEWER)],
    summary="The newest review of every reviewed landing, oldest landing first",
)
def list_reviews(
    deployment: Name,
    db: Db,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Reviews:
    found = reviews.newest(db, deployment, landing_of(cursor) if cursor else None, limit + 1)
    shown_ = [shown(review) for review in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    after = cursor_of(LandingKey(last.landed_at, last.partition, last.offset)) if last else None
    return Reviews(shown_, next=after, as_of=datetime.now(UTC))


def _history(db: Connection, deployment: str, image_id: str, at: str | None) -> list[Review]:
    landing = the_landing(db, deployment, image_id, at)
    found = reviews.history(db, deployment, landing.key)
    if not found:
        raise not_found("review", f"of {image_id}", "PUT one to its /review.")
    return [shown(review) for review in found]
