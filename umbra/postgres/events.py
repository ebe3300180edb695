"""How things stand, in few rows: asked every second by whoever tells others what has changed."""

from datetime import datetime
from typing import NamedTuple

from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("events")


class RevisionRow(NamedTuple):
    """One of the newest revisions of a deployment; `steps` counts them."""

    deployment: str
    revision: int
    state: str
    steps: int


class CountedRow(NamedTuple):
    """The newest bucket of a deployment.

    Attributes:
        images: of the champion in it.
        judged, counted: of the champion and of all slots in the newest few buckets.
    """

    deployment: str
    bucket_at: datetime
    images: int
    judged: int
    counted: int


class ReviewRow(NamedTuple):
    """One of the newest reviews of a deployment."""

    deployment: str
    image_id: str
    partition: int
    offset: int
    review: int


def revisions(db: Connection) -> list[RevisionRow]:
    """The newest of every deployment, newest first."""
    return [RevisionRow(*row) for row in db.execute(_sql["select_revisions"])]


def reached(db: Connection) -> int:
    """Another number whenever predictions have been counted since."""
    return int((db.execute(_sql["select_reached"]).fetchone() or (0,))[0])


def counted(db: Connection) -> list[CountedRow]:
    """Every deployment that has images."""
    return [CountedRow(*row) for row in db.execute(_sql["select_counted"])]


def reviews(db: Connection) -> list[ReviewRow]:
    """The newest of every deployment, newest first."""
    return [ReviewRow(*row) for row in db.execute(_sql["select_reviews"])]
