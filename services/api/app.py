"""The API as an ASGI application."""

from collections.abc import Callable

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Scope

from services.api import dashboard, problems, readiness, relay_metrics
from services.api.adapters import Adapters
from services.api.routes import ROUTERS, model_versions, reviews
from services.api.settings import ApiSettings
from services.http import health
from services.http.body import BodyLimit
from services.http.door import Door
from services.http.guard import Guard
from umbra.tokens_file import TokensFile

_REQUEST_BYTES = 1_000_000
"""Of every request but a model file's and many reviews'."""
_REVIEWS_BYTES = 16_000_000

_DESCRIPTION = "Models, deployments, their revisions, and what the shadows would have said."


def make_app(adapters: Adapters, tokens: TokensFile | None) -> FastAPI:
    """Every route of the API; without tokens everybody may do everything."""
    app = FastAPI(title="Umbra", description=_DESCRIPTION, redirect_slashes=False)
    app.state.adapters = adapters
    app.state.dashboard = dashboard.read_built()
    problems.install(app)
    app.add_middleware(BodyLimit, most=_most_bytes(adapters.settings))
    app.add_middleware(Guard, service=app, tokens=tokens)
    app.add_middleware(Door, settings=adapters.settings)
    registry = CollectorRegistry()
    relay_metrics.install(registry, adapters.relay)
    health.install(app, registry, lambda: readiness.unready(adapters.pool))
    for router in ROUTERS:
        app.include_router(router)
    return app


def _most_bytes(settings: ApiSettings) -> Callable[[Scope], int]:
    """How large the body of a request may be; of a model file's there is a form around it."""

    def most(scope: Scope) -> int:
        if scope["path"] == model_versions.router.prefix:
            return settings.max_model_bytes + _REQUEST_BYTES
        return _REVIEWS_BYTES if reviews.takes_many(scope) else _REQUEST_BYTES

    return most
