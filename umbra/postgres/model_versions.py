"""Table `model_version`: immutable once they are ready, numbered from 1 within their model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from umbra.contracts.manifest import Artifact, Spec, spec_to_builtins
from umbra.core.names import split_model_version
from umbra.postgres.connection import Connection, transaction
from umbra.postgres.statements import statements

_sql = statements("model_versions")


@dataclass(frozen=True, slots=True)
class ModelVersionRow:
    """A row; `spec` is `contracts.manifest.Spec` as plain mappings.

    Attributes:
        task: None until it is known.
        spec: unless the version is ready, its manifest is only what was given.
        state: `checking`, `ready` or `refused`.
        report: `contracts.http.model_report.ModelReport` as plain mappings, once there is one.
    """

    id: str
    model: str
    number: int
    task: str | None
    labels: list[str]
    spec: dict[str, Any]
    sha256: str
    bytes: int
    created_at: datetime
    state: Literal["checking", "ready", "refused"]
    report: dict[str, Any] | None


def add(
    db: Connection,
    model: str,
    spec: Spec,
    asked: Mapping[str, Any] | None = None,
    report: Mapping[str, Any] | None = None,
) -> tuple[ModelVersionRow, bool]:
    """The version of `model` with this spec, and whether it is new; the same spec twice is one version.

    Args:
        asked: what was given of the manifest.
        report: of its check.
    """
    columns = {
        "model": model,
        **_columns(spec),
        "state": "ready",
        "asked": Jsonb(asked),
        "report": Jsonb(report),
    }
    with transaction(db):
        db.execute(_sql["lock_model"], columns)
        if (same := _one(db, "select_same", **columns)) is not None:
            return same, False
        return _inserted(db, columns), True


def begin(
    db: Connection, model: str, artifact: Artifact, asked: Mapping[str, Any]
) -> tuple[ModelVersionRow, bool]:
    """The version of `model` that is made of this file and given manifest, to be checked if it is new."""
    columns = {
        "model": model,
        "task": None,
        "labels": Jsonb([]),
        "spec": Jsonb({"artifact": msgspec.to_builtins(artifact), "manifest": asked}),
        "sha256": artifact.sha256,
        "bytes": artifact.bytes,
        "state": "checking",
        "asked": Jsonb(asked),
        "report": None,
    }
    with transaction(db):
        db.execute(_sql["lock_model"], columns)
        if (same := _one(db, "select_asked", **columns)) is not None:
            return same, False
        return _inserted(db, columns), True


def asked_before(db: Connection, model: str, sha256: str, asked: Mapping[str, Any]) -> ModelVersionRow | None:
    """The version that was made of the same file and given manifest, unless it was refused."""
    return _one(db, "select_asked", model=model, sha256=sha256, asked=Jsonb(asked))


def next_to_check(db: Connection) -> ModelVersionRow | None:
    """A version to check, which is nobody else's until the transaction ends."""
    return _one(db, "select_checking")


def settle(db: Connection, row: ModelVersionRow, spec: Spec | None, report: Mapping[str, Any]) -> None:
    """Note what came of a check; without a spec the version is refused."""
    if spec is None:
        columns = {"task": row.task, "labels": Jsonb(row.labels), "spec": Jsonb(row.spec), "state": "refused"}
    else:
        columns = {**_columns(spec), "state": "ready"}
    db.execute(_sql["settle_model_version"], {**columns, "id": row.id, "report": Jsonb(report)})


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


def _inserted(db: Connection, columns: Mapping[str, Any]) -> ModelVersionRow:
    added = _one(db, "insert_model_version", **columns)
    assert added is not None
    return added


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
