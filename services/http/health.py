"""Routes for those who watch: is it alive, is it ready, what has it counted."""

from collections.abc import Callable, Mapping

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Unready = Callable[[], Mapping[str, str]]
"""What the service waits for, and why; empty when it is ready."""


def install(app: FastAPI, registry: CollectorRegistry, unready: Unready) -> None:
    """Add /healthz, /readyz and /metrics to `app`."""

    @app.get("/healthz", tags=["health"], summary="The process runs")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"], summary="What it needs is there; 503 with the reasons otherwise")
    def readyz(response: Response) -> dict[str, object]:
        waiting_for = unready()
        response.status_code = 503 if waiting_for else 200
        return {"ready": not waiting_for, "waiting_for": dict(waiting_for)}

    @app.get("/metrics", tags=["health"], summary="Prometheus metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
