"""The routes of ingest."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

from services.http import health, problem
from services.http.body import discard
from services.http.door import Door, unquoted
from services.http.gates import needs
from services.http.guard import Guard
from services.http.problem import Problem
from services.ingest import openapi
from services.ingest.buffer import Buffer
from services.ingest.counts import Counts
from services.ingest.description import record_headers
from services.ingest.refusal import refuse_when_full
from services.ingest.settings import IngestSettings
from services.ingest.uploads import Uploads
from umbra.contracts import acls
from umbra.core.errors import Refused, Retryable, UmbraError
from umbra.core.names import check_slug
from umbra.core.role import Role
from umbra.ingest.gateway import Gateway
from umbra.kafka.admin import Admin
from umbra.store import Store
from umbra.tokens_file import TokensFile

_READY_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Adapters:
    """What ingest reaches out to."""

    gateway: Gateway
    store: Store
    admin: Admin


def make_app(settings: IngestSettings, adapters: Adapters, tokens: TokensFile | None) -> FastAPI:
    """Ingest as an ASGI application; without tokens everybody may do everything."""
    buffer = Buffer(settings.upload_buffer_bytes)
    counts = Counts(buffer)
    uploads = Uploads(adapters.gateway, buffer, counts, settings.max_image_bytes)
    app = FastAPI(
        title="Umbra ingest", description="Images in, onto the images topic.", redirect_slashes=False
    )
    problem.install(app)
    app.add_middleware(Guard, service=app, tokens=tokens)
    app.add_middleware(Door, settings=settings)
    health.install(app, counts.registry, lambda: unready(settings, adapters))

    @app.post(
        "/v1/deployments/{deployment}/images",
        status_code=202,
        dependencies=[needs(Role.PRODUCER)],
        openapi_extra=openapi.BODY,
        responses=openapi.RESPONSES,
        summary="Send one image, or several",
        tags=["images"],
    )
    async def post_images(deployment: str, request: Request) -> JSONResponse:
        try:
            name = check_slug("deployment", unquoted(deployment))
            refuse_when_full(settings.disk_paths, settings.min_free_bytes)
            described = record_headers(name, request.headers)
            if request.headers.get("content-type", "").lower().startswith("multipart/"):
                return await uploads.several(request, described)
            return await uploads.one(request, described)
        except (Problem, UmbraError) as err:
            counts.refused(err.slug if isinstance(err, Problem) else "invalid-request")
            await discard(request.stream())
            raise

    return app


def unready(settings: IngestSettings, adapters: Adapters) -> Mapping[str, str]:
    """What ingest waits for, and why."""
    waiting_for: dict[str, str] = {}
    try:
        adapters.admin.check_rights(acls.ingest(settings.topics).rights, _READY_WITHIN_S)
    except (Refused, Retryable) as err:
        waiting_for["kafka"] = str(err)
    try:
        adapters.store.check()
    except Retryable as err:
        waiting_for["store"] = str(err)
    try:
        refuse_when_full(settings.disk_paths, settings.min_free_bytes)
    except Problem as full:
        waiting_for["disk"] = full.detail
    return waiting_for
