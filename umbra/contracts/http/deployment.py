"""Deployments over HTTP."""

from dataclasses import dataclass, field
from datetime import datetime

from umbra.contracts.http.revision import RevisionEntry
from umbra.core.revision import State


@dataclass(frozen=True, slots=True)
class Slot:
    """What a slot holds, and since which revision without a break.

    Attributes:
        workers: how many are alive; with none its images wait.
    """

    model_version: str
    since_revision: int
    since: datetime
    paused: bool = False
    workers: int = 0


@dataclass(frozen=True, slots=True)
class Deployment:
    """A champion and the shadows that see the same images.

    Attributes:
        revision: the one in force; before any is, the newest.
        staged: the revision that is being prepared.
        latest: the newest revision, which may have failed.
    """

    id: str
    task: str
    labels: list[str]
    revision: int
    state: State
    since: datetime
    slots: dict[str, Slot]
    latest: RevisionEntry
    staged: RevisionEntry | None = None


@dataclass(frozen=True, slots=True)
class LatestRevision:
    """The newest revision of a deployment; `reason` is why it failed, else why it was asked for."""

    revision: int
    state: State
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Lag:
    """What a slot has not judged yet: images over all partitions; seconds at its present rate."""

    images: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pooled over a window; null without a pair that has shapes."""

    value: float | None
    pairs: int


@dataclass(frozen=True, slots=True)
class DeploymentSummary:
    """One row of the list.

    Attributes:
        images_per_s: judged by the champion, over the window asked for.
        workers: slot to its live workers.
        trouble: why somebody should look, null when all is well.
    """

    id: str
    task: str
    revision: int
    state: State
    champion: str
    shadows: dict[str, str]
    latest_revision: LatestRevision
    images_per_s: float = 0.0
    images_per_s_series: list[float] = field(default_factory=list)
    lag: dict[str, Lag] = field(default_factory=dict)
    agreement: dict[str, Agreement] = field(default_factory=dict)
    workers: dict[str, int] = field(default_factory=dict)
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Deployments:
    """By id."""

    items: list[DeploymentSummary]
    as_of: datetime
