"""Models in, and their files out."""

import hashlib
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, File, Form, Header, Response, UploadFile

from services.api.adapters import Adapters, Db, Everything, Name, connected
from services.api.checker import CheckerAway, refusal
from services.api.problems import not_found, store_away_is_a_problem
from services.http.gates import needs
from services.http.problem import Problem
from umbra.contracts.http.model_report import ModelReport
from umbra.contracts.http.model_version import ModelVersion, ModelVersions
from umbra.contracts.manifest import Artifact, Spec
from umbra.contracts.manifest_draft import manifest_of, read_draft
from umbra.core.errors import InvalidMessage
from umbra.core.names import check_slug
from umbra.core.role import Role
from umbra.postgres import model_versions
from umbra.postgres.connection import Connection
from umbra.postgres.model_versions import ModelVersionRow

router = APIRouter(prefix="/v1/model-versions", tags=["models"])


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Role.OPERATOR)],
    summary="Add a model file as the next version of its model",
    responses={
        200: {"model": ModelVersion, "description": "This very file and manifest already are a version."},
        202: {"model": ModelVersion, "description": "Being checked, as asked by `Prefer: respond-async`."},
    },
)
def add_model_version(
    file: Annotated[UploadFile, File(description="The .onnx file.")],
    everything: Everything,
    response: Response,
    name: Annotated[str | None, Form(description="Of the model; without it, from the file's name.")] = None,
    manifest: Annotated[
        str | None, Form(description="JSON; what it leaves out is read from the file (docs/models.md).")
    ] = None,
    prefer: Annotated[
        str | None, Header(description="`respond-async`: answer 202 at once, and check it then.")
    ] = None,
) -> ModelVersion:
    """Checked in a process of its own before it is kept: 201 when ready, 422 with the reason when not."""
    model = check_slug("model", name or _from_filename(file.filename))
    asked = _asked(manifest)
    raw = file.file.read()
    with connected(everything) as db:
        row = model_versions.asked_before(db, model, hashlib.sha256(raw).hexdigest(), asked)
    is_new = False
    if row is None:
        add = _begin if _wants_no_wait(prefer) else _add
        row, is_new = add(everything, model, raw, asked)
    response.headers["Location"] = f"/v1/model-versions/{row.id}"
    response.status_code = 202 if row.state == "checking" else 201 if is_new else 200
    return _shown(row)


@router.get("", dependencies=[needs(Role.VIEWER)], summary="Every ModelVersion")
def list_model_versions(db: Db) -> ModelVersions:
    return ModelVersions([_shown(row) for row in model_versions.select(db)], datetime.now(UTC))


@router.get("/{model_version}", dependencies=[needs(Role.VIEWER)], summary="One ModelVersion")
def get_model_version(model_version: Name, db: Db) -> ModelVersion:
    return _shown(_found(db, model_version))


@router.get(
    "/{model_version}/artifact",
    dependencies=[needs(Role.VIEWER)],
    summary="The model file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def get_artifact(model_version: Name, everything: Everything, db: Db) -> Response:
    artifact = msgspec.convert(_found(db, model_version).spec["artifact"], Artifact)
    filename = model_version.replace("@", "-")
    with store_away_is_a_problem():
        raw = everything.store.open_model(artifact)
    return Response(
        raw,
        media_type="application/octet-stream",
        headers={
            "ETag": f'"{artifact.sha256}"',
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Disposition": f'attachment; filename="{filename}.onnx"',
        },
    )


def _add(everything: Adapters, model: str, raw: bytes, asked: dict[str, Any]) -> tuple[ModelVersionRow, bool]:
    """Check it, and keep it when it is sound."""
    try:
        answer = everything.checker.check(model, raw, asked)
    except CheckerAway as err:
        raise Problem(503, "checker-unavailable", str(err), "Try again; nothing was kept.") from err
    if (refused := refusal(answer)) is not None:
        raise refused
    manifest = manifest_of(answer.manifest or {})
    with store_away_is_a_problem():
        spec = Spec(artifact=everything.store.put_model(raw), manifest=manifest)
    with connected(everything) as db:
        return model_versions.add(db, model, spec, asked, msgspec.to_builtins(answer.report))


def _begin(
    everything: Adapters, model: str, raw: bytes, asked: dict[str, Any]
) -> tuple[ModelVersionRow, bool]:
    """Keep it, to be checked soon (`services.api.checks`)."""
    with store_away_is_a_problem():
        artifact = everything.store.put_model(raw)
    with connected(everything) as db:
        return model_versions.begin(db, model, artifact, asked)


def _wants_no_wait(prefer: str | None) -> bool:
    wishes = (prefer or "").split(",")
    return any(wish.partition(";")[0].strip().lower() == "respond-async" for wish in wishes)


def _asked(manifest: str | None) -> dict[str, Any]:
    """What is given of the manifest."""
    if manifest is None:
        return {}
    try:
        return read_draft(manifest.encode())
    except InvalidMessage as err:
        raise Problem(
            422, "model-refused", str(err), "Correct the manifest (docs/models.md); nothing was kept."
        ) from err


def _from_filename(filename: str | None) -> str:
    return PurePath(filename or "").stem.lower().replace(" ", "-").replace("_", "-")


def _found(db: Connection, model_version: str) -> ModelVersionRow:
    row = model_versions.find(db, model_version)
    if row is None:
        raise not_found("ModelVersion", model_version, "`umbra models list` shows those there are.")
    return row


def _shown(row: ModelVersionRow) -> ModelVersion:
    return ModelVersion(
        id=row.id,
        model=row.model,
        number=row.number,
        task=row.task,
        labels=row.labels,
        sha256=row.sha256,
        bytes=row.bytes,
        manifest=row.spec["manifest"],
        created_at=row.created_at,
        state=row.state,
        report=None if row.report is None else msgspec.convert(row.report, ModelReport),
    )
