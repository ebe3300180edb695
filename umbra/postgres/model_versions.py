"""Table `model_version`: immutable, numbered from 1 within their model."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from umbra.contracts.manifest import Spec, spec_to_builtins
from umbra.core.names import split_model_version
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.statements import statements

_sql = statements("model_versions")


@dataclass(frozen=True, slots=True)
class ModelVersionRow:
    """A row; `spec` is `contracts.manifest.Spec` as plain mappings."""

    id: str
    model: str
    number: int
    task: str
    labels: list[str]
    spec: dict[str, Any]
    sha256: str
    bytes: int
    created_at: datetime


def add(db: Connection, model: str, spec: Spec) -> tuple[ModelVersionRow, bool]:
    """The version of `model` with this spec, and whether it is new; the same spec twice is one version."""
    columns = {"model": model, **_columns(spec)}
    with transaction(db):
        db.execute(_sql["lock_model"], columns)
        if (same := _one(db, "select_same", **columns)) is not None:
            return same, False
        added = _one(db, "insert_model_version", **columns)
        assert added is not None
        return added, True


def restore(db: Connection, model_version: str, spec: Spec) -> None:
    """Make the table know a version that a revision names."""
    model, number = split_model_version(model_version)
    place = {"id": model_version, "model": model, "number": number}
    db.execute(_sql["restore_model_version"], {**place, **_columns(spec)})


def find(db: Connection, model_version: str) -> ModelVersionRow | None:
    """One version by its id `<model>@<n>`."""
    return _one(db, "select_model_version", id=model_version)


def select(db: Connection) -> list[ModelVersionRow]:
    """Every version, by model, newest first."""
    with db.cursor(row_factory=class_row(ModelVersionRow)) as cursor:
        return cursor.execute(_sql["select_model_versions"]).fetchall()


def _one(db: Connection, statement: str, **parameters: Any) -> ModelVersionRow | None:
    with db.cursor(row_factory=class_row(ModelVersionRow)) as cursor:
        return cursor.execute(_sql[statement], parameters).fetchone()


def _columns(spec: Spec) -> dict[str, Any]:
    return {
        "task": spec.manifest.task,
        "labels": Jsonb(spec.manifest.labels),
        "spec": Jsonb(spec_to_builtins(spec)),
        "sha256": spec.artifact.sha256,
        "bytes": spec.artifact.bytes,
    }
