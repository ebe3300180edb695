"""Models in, and their files out."""

from datetime import UTC, datetime
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile

from services.api.adapters import Db, Everything, Name
from services.api.problems import not_found, store_away_is_a_problem
from services.http.gates import needs
from services.http.problem import Problem
from umbra.contracts.http.model_version import ModelVersion, ModelVersions
from umbra.contracts.manifest import Manifest, Spec, manifest_decoder, spec_from
from umbra.core.errors import InvalidMessage, Refused
from umbra.core.names import check_slug
from umbra.core.role import Role
from umbra.onnx.model_file import fitting, manifest_from
from umbra.postgres import model_versions
from umbra.postgres.connection import Connection
from umbra.postgres.model_versions import ModelVersionRow

router = APIRouter(prefix="/v1/model-versions", tags=["models"])


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Role.OPERATOR)],
    summary="Add a model file as the next version of its model",
)
def add_model_version(
    file: Annotated[UploadFile, File(description="The .onnx file.")],
    everything: Everything,
    db: Db,
    response: Response,
    name: Annotated[str | None, Form(description="Of the model; without it, from the file's name.")] = None,
    manifest: Annotated[str | None, Form(description="JSON; without it, from the file's metadata.")] = None,
) -> ModelVersion:
    """201 when it is new, 200 when this very file already is a version of that model."""
    model = check_slug("model", name or _from_filename(file.filename))
    raw = file.file.read()
    described = _manifest(raw, model, manifest)
    with store_away_is_a_problem():
        spec = Spec(artifact=everything.store.put_model(raw), manifest=described)
    row, is_new = model_versions.add(db, model, spec)
    response.status_code = 201 if is_new else 200
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
    artifact = spec_from(_found(db, model_version).spec).artifact
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


def _manifest(raw: bytes, model: str, given: str | None) -> Manifest:
    try:
        if given is None:
            return manifest_from(raw, name=model)
        return fitting(raw, manifest_decoder.decode(given.encode()))
    except (Refused, InvalidMessage) as err:
        raise Problem(
            422, "model-refused", str(err), "Correct it and add it again; nothing was kept."
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
    )
