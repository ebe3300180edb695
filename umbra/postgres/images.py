"""PredictedAssets: landings with every slot's prediction and comparison."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from umbra.core.judgement import LandingKey
from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("images")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFilter:
    """Which landings are wanted; None is no condition, a list means any of its values.

    Attributes:
        image_id: exactly; `id_prefix`: how it begins.
        place: partition and offset.
        comparison: contested, agree, flip, only-champion, only-shadow, compared, failed, mixed, waiting,
            orphan; the last two are told apart by `orphan_before`.
        score_min, score_max: of a shape (with `label`: of a shape of that label).
        after: only what is older than this landing.
    """

    image_id: str | None = None
    place: tuple[int, int] | None = None
    id_prefix: str | None = None
    label: list[str] | None = None
    score_min: float | None = None
    score_max: float | None = None
    comparison: list[str] | None = None
    status: list[str] | None = None
    revision: list[int] | None = None
    version: list[str] | None = None
    source: list[str] | None = None
    tag: list[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: LandingKey | None = None
    orphan_before: datetime | None = None


class Asset(NamedTuple):
    """A landing: the rows of its predictions (at least one) and comparisons, by slot."""

    landing: LandingKey
    predictions: dict[str, Row]
    comparisons: dict[str, Row]


def select(db: Connection, deployment: str, wanted: ImageFilter, limit: int) -> list[Asset]:
    """The landings that match, newest first, at most `limit`."""
    parameters = {"deployment": deployment, "limit": limit, **_parameters(wanted)}
    # Planned anew with its values each time: a plan for any values could not skip the absent conditions.
    rows = db.execute(_sql["select_landings"], parameters, prepare=False)
    return of(db, deployment, [LandingKey(*row) for row in rows])


def of(db: Connection, deployment: str, landings: Sequence[LandingKey]) -> list[Asset]:
    """These landings in their order, as far as anything is known of them."""
    predictions = _by_landing(db, "select_predictions", deployment, landings)
    comparisons = _by_landing(db, "select_comparisons", deployment, landings)
    return [Asset(key, predictions[key], comparisons.get(key, {})) for key in landings if key in predictions]


def _parameters(wanted: ImageFilter) -> dict[str, Any]:
    given = asdict(wanted)
    given["from"], given["to"] = given.pop("since"), given.pop("until")
    given["partition"], given["offset"] = given.pop("place") or (None, None)
    after = given.pop("after") or (None, None, None)
    return given | dict(zip(("after_at", "after_partition", "after_offset"), after, strict=True))


def _by_landing(
    db: Connection, statement: str, deployment: str, landings: Sequence[LandingKey]
) -> dict[LandingKey, dict[str, Row]]:
    columns = {
        "deployment": deployment,
        "landed_at": [landing.landed_at for landing in landings],
        "partition": [landing.partition for landing in landings],
        "offset": [landing.offset for landing in landings],
    }
    found: dict[LandingKey, dict[str, Row]] = {}
    with db.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_sql[statement], columns):
            key = LandingKey(row.pop("landed_at"), row.pop("partition"), row.pop("offset"))
            found.setdefault(key, {})[row.pop("slot")] = row
    return found
