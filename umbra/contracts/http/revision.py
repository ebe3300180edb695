"""Revisions over HTTP."""

from dataclasses import dataclass, field
from datetime import datetime

from umbra.core.revision import Kind, State


@dataclass(frozen=True, slots=True)
class Held:
    """The ModelVersion in a slot."""

    model_version: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class RevisionStep:
    """When a revision got somewhere: staged, ready, markers, active, or failed."""

    step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkerReadiness:
    """How far a live worker of one of the revision's slots is with it.

    Attributes:
        state: loading, ready, failed, or unseen when the worker has not reported on it.
    """

    worker: str
    slot: str
    state: str
    load_ms: float | None = None
    first_inference_ms: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RevisionEntry:
    """One assignment of ModelVersions to the slots of a deployment, and what became of it.

    Attributes:
        starts: partition to the first offset it is in force at; empty until active.
        waiting_for: the workers a staged revision waits for.
    """

    deployment: str
    revision: int
    kind: Kind
    state: State
    slots: dict[str, Held]
    requested_by: str
    requested_at: datetime
    based_on: int | None = None
    reason: str | None = None
    immediate: bool = False
    topic_id: str | None = None
    starts: dict[int, int] = field(default_factory=dict)
    failure: str | None = None
    steps: list[RevisionStep] = field(default_factory=list)
    workers: list[WorkerReadiness] = field(default_factory=list)
    waiting_for: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Load:
    """What a live worker must get ready before a revision can be in force.

    Attributes:
        last_load_ms: how long this ModelVersion took last, on any live worker that has it; None: nobody has.
    """

    worker: str
    slot: str
    loads: str
    last_load_ms: float | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a change would come to, as things stand; nothing was changed.

    Attributes:
        would_be: the number of its revision.
        waits_for: the workers of the changed slots; those that have the model already are not waited for.
        partitions: where its markers go; None when there is none in force yet.
        timeout_s: after this it fails, and nothing has changed.
        blockers: why it would be refused or wait now; empty: it would be in force as soon as all have loaded.
    """

    would_be: int
    kind: Kind
    slots: dict[str, Held]
    waits_for: list[Load]
    partitions: int | None
    timeout_s: float
    blockers: list[str]


@dataclass(frozen=True, slots=True)
class Revisions:
    """Newest first."""

    items: list[RevisionEntry]
    as_of: datetime
