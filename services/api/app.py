"""The API as an ASGI application."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.api import problems, readiness, relay_metrics
from services.api.adapters import Adapters
from services.api.routes import ROUTERS
from services.http import health
from services.http.door import Door

_DESCRIPTION = "Models, deployments, their revisions, and what the shadows would have said."


def make_app(adapters: Adapters) -> FastAPI:
    """Every route of the API."""
    app = FastAPI(title="Umbra", description=_DESCRIPTION, redirect_slashes=False)
    app.state.adapters = adapters
    problems.install(app)
    app.add_middleware(Door, settings=adapters.settings)
    registry = CollectorRegistry()
    relay_metrics.install(registry, adapters.relay)
    health.install(app, registry, lambda: readiness.unready(adapters.pool))
    for router in ROUTERS:
        app.include_router(router)
    return app
