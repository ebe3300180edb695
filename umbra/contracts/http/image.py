"""PredictedAssets over HTTP: a landing and all that is known of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Match = tuple[int, int, float]
"""Champion's shape, shadow's shape, IoU."""


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are; where `exact` is false at least so many: counting on would take too long."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class LandedImage:
    """The landing. `width`, `height`: pixels as decoded; null when it could not be."""

    partition: int
    offset: int
    width: int | None = None
    height: int | None = None
    content_type: str | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class SlotPrediction:
    """What one slot says; `shapes` as on the predictions topic.

    Attributes:
        latency_ms: queue, decode, inference, total.
        error: code and message of a failed one.
    """

    model_version: str
    revision: int
    status: str
    predicted_at: datetime
    latency_ms: dict[str, float]
    shapes: list[dict[str, Any]]
    error: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PairComparison:
    """Champion beside the shadow of one slot; the figures are null unless `outcome` is "compared"."""

    outcome: str
    agreement: float | None = None
    matched_iou: float | None = None
    contested: int | None = None
    flips: int | None = None
    matches: list[Match] = field(default_factory=list)
    flipped: list[Match] = field(default_factory=list)
    only_champion: list[int] = field(default_factory=list)
    only_shadow: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PredictedAsset:
    """A landing, the predictions by slot, the comparisons by shadow slot.

    Attributes:
        revision: the champion's; before the champion has judged it, the shadow's.
        comparison: only of slots whose two sides are there.
    """

    image_id: str
    landed_at: datetime
    captured_at: datetime | None
    image: LandedImage
    revision: int
    source: str | None
    tags: list[str]
    metadata: dict[str, Any]
    traceparent: str | None
    predictions: dict[str, SlotPrediction]
    comparison: dict[str, PairComparison]


@dataclass(frozen=True, slots=True)
class Images:
    """Newest first.

    Attributes:
        next: the cursor of what follows; null at the end.
    """

    items: list[PredictedAsset]
    next: str | None
    as_of: datetime
