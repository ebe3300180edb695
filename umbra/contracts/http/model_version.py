"""ModelVersions over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One immutable version of a model.

    Attributes:
        id: `<model>@<number>`.
        labels: by class index.
        bytes: of the model file.
        manifest: how to feed the model and read its outputs.
    """

    id: str
    model: str
    number: int
    task: str
    labels: list[str]
    sha256: str
    bytes: int
    manifest: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ModelVersions:
    """By model, newest version first."""

    items: list[ModelVersion]
    as_of: datetime
