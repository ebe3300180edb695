"""What evaluation reads: which landings are reviewed, who predicted them, and with which shapes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from umbra.contracts.manifest import Task
from umbra.core.evaluation_selection import Judged
from umbra.core.judgement import LandingKey
from umbra.core.window import Window
from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("evaluation")
_ROWS = 2000
"""In one query: their JSON is a few megabytes."""


class TruthKey(NamedTuple):
    """A review."""

    landing: LandingKey
    review: int


class ReviewedRow(NamedTuple):
    """The ground truth of a landing.

    Attributes:
        queue: that its image was drawn from; None: from none.
        random: whether the landing belongs to a random sample, see `select_reviewed`.
    """

    key: TruthKey
    queue: str | None
    random: bool


class ShapesKey(NamedTuple):
    """A prediction."""

    landing: LandingKey
    slot: str


class TruthRow(NamedTuple):
    """The shapes of a review as JSON; the size in pixels is None when no model could decode the image."""

    key: TruthKey
    width: int | None
    height: int | None
    shapes: str


class ShapesRow(NamedTuple):
    """The shapes and candidates of a prediction as JSON."""

    key: ShapesKey
    shapes: str
    candidates: str


def reviewed(db: Connection, deployment: str, task: Task, window: Window) -> list[ReviewedRow]:
    """The newest review of each landing that has one of this task that is not withdrawn, by place."""
    rows = db.execute(_sql["select_reviewed"], _window(deployment, task, window))
    return [
        ReviewedRow(TruthKey(LandingKey(*key), review), queue, random) for *key, review, queue, random in rows
    ]


def judged(db: Connection, deployment: str, task: Task, window: Window) -> list[Judged]:
    """Every prediction of those landings."""
    rows = db.execute(_sql["select_judged"], _window(deployment, task, window))
    return [
        Judged(LandingKey(at, partition, offset), slot, model_version, revision, failed)
        for at, partition, offset, slot, model_version, revision, failed in rows
    ]


def truths(db: Connection, keys: Iterable[TruthKey]) -> Iterator[TruthRow]:
    """The shapes of these reviews."""
    for some in _batches(keys):
        columns = _places([key.landing for key in some]) | {"review": [key.review for key in some]}
        for *place, review, width, height, shapes in db.execute(_sql["select_truths"], columns):
            yield TruthRow(TruthKey(LandingKey(*place), review), width, height, shapes)


def shapes(db: Connection, keys: Iterable[ShapesKey]) -> Iterator[ShapesRow]:
    """The shapes of these predictions; those that have gone are left out."""
    for some in _batches(keys):
        columns = _places([key.landing for key in some]) | {"slot": [key.slot for key in some]}
        for *place, slot, certain, candidates in db.execute(_sql["select_shapes"], columns):
            yield ShapesRow(ShapesKey(LandingKey(*place), slot), certain, candidates)


def _window(deployment: str, task: Task, window: Window) -> dict[str, Any]:
    return {"deployment": deployment, "task": task, "from": window.start, "to": window.end}


def _places(landings: Sequence[LandingKey]) -> dict[str, list[Any]]:
    return {
        "landed_at": [landing.landed_at for landing in landings],
        "partition": [landing.partition for landing in landings],
        "offset": [landing.offset for landing in landings],
    }


def _batches(keys: Iterable[Any]) -> Iterator[list[Any]]:
    listed = list(keys)
    for first in range(0, len(listed), _ROWS):
        yield listed[first : first + _ROWS]
