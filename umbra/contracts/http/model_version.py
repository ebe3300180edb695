"""ModelVersions over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from umbra.contracts.http.model_report import ModelReport

State = Literal["checking", "ready", "refused"]


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a model, immutable once it is ready.

    Attributes:
        id: `<model>@<number>`.
        task: None until it is known.
        labels: by class index.
        bytes: of the model file.
        manifest: how to feed the model and read its outputs; unless it is ready, only what was given of it.
        state: only what is `ready` can be put into a slot.
        report: what its check found; None while it is `checking`.
    """

    id: str
    model: str
    number: int
    task: str | None
    labels: list[str]
    sha256: str
    bytes: int
    manifest: dict[str, Any]
    created_at: datetime
    state: State = "ready"
    report: ModelReport | None = None


@dataclass(frozen=True, slots=True)
class ModelVersions:
    """By model, newest version first."""

    items: list[ModelVersion]
    as_of: datetime
