"""Champion beside shadow over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

Series = list[float | None]


@dataclass(frozen=True, slots=True)
class LatencyDelta:
    """Shadow - champion, milliseconds; null of a replay, which holds back for others."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Shapes of one label, and how many of them matched one of the same label, to which the others refer."""

    label: str
    champion: int
    shadow: int
    matched: int
    agreement: float | None
    matched_iou: float | None
    score_delta: float | None
    mean_iou: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Champion's labels (rows) against the shadow's (columns); the last of each: without a partner."""

    labels: list[str]
    rows: list[list[int]]


@dataclass(frozen=True, slots=True)
class ComparisonSeries:
    """One value a step; `n` compared pairs."""

    t: list[int]
    agreement: Series
    n: list[int]


@dataclass(frozen=True, slots=True)
class PairFigures:
    """One assignment of a champion and a shadow; figures are of compared pairs.

    Attributes:
        since_revision: where the assignment begins.
        complete: pairs, of which `failed` have a failed side and are not compared.
        waiting: champion's images whose shadow is late, `orphans` those for longer than 10 minutes.
        mixed: pairs of two revisions, as an immediate rollback leaves them; not compared.
        agreement: 2 * matched with equal label / shapes of both, in [0, 1], pooled.
        matched_iou: mean over matched shapes; null for classifications.
        mean_iou: of semantic segmentation, over the labels on either side; null for other tasks.
        kappa: Cohen's, of classification; null for other tasks.
        count_delta: shapes an image, shadow - champion.
        score_delta: of matched shapes, shadow - champion.
    """

    champion: str
    shadow: str
    slot: str
    since_revision: int
    complete: int
    waiting: int
    orphans: int
    mixed: int
    failed: int
    agreement: float | None
    matched_iou: float | None
    contested_per_image: float | None
    flips_per_image: float | None
    count_delta: float | None
    score_delta: float | None
    mean_iou: float | None
    kappa: float | None
    latency_delta_ms: LatencyDelta
    labels: list[LabelFigures]
    confusion: Confusion
    series: ComparisonSeries


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Newest assignment first."""

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    as_of: datetime
    complete_until: datetime
    step_s: int
    pairs: list[PairFigures]
