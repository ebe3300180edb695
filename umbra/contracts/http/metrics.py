"""Figures of single ModelVersions over HTTP; latencies in milliseconds, times of series in epoch seconds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from umbra.core.revision import Kind, State

Series = list[float | None]
"""One value a step, null where nothing was counted."""


@dataclass(frozen=True, slots=True)
class Latency:
    """From the worker's hand on the record to the finished prediction."""

    p50: float | None
    p95: float | None
    p99: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Queue:
    """Waited in the stream."""

    p50: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class VersionTotals:
    """Over the whole window; everything but `images` and `failed` is of good images only.

    Attributes:
        score_histogram: 20 equal buckets from 0 to 1.
    """

    images: int
    failed: int
    shapes_mean: float | None
    score_mean: float | None
    latency_ms: Latency
    queue_ms: Queue
    score_histogram: list[int]


@dataclass(frozen=True, slots=True)
class VersionSeries:
    """One value a step of `Metrics.t`."""

    images: list[int]
    failed: list[int]
    p50: Series
    p95: Series
    p99: Series
    shapes_mean: Series
    score_mean: Series


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """One ModelVersion in one slot."""

    model_version: str
    totals: VersionTotals
    series: VersionSeries


@dataclass(frozen=True, slots=True)
class Mark:
    """A revision that settled within the window."""

    revision: int
    at: datetime
    kind: Kind
    state: State


@dataclass(frozen=True, slots=True)
class Metrics:
    """What each slot did, in the window from `from_` to before `to`.

    Attributes:
        complete_until: later figures may still grow.
        slots: newest ModelVersion first.
    """

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    as_of: datetime
    complete_until: datetime
    step_s: int
    t: list[int]
    slots: dict[str, list[VersionFigures]]
    marks: list[Mark]
