"""The problems that only the API knows to tell apart."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from services.http import problem
from services.http.problem import Problem
from umbra.core.change import RevisionInProgress, StaleRevision, UnknownDeployment
from umbra.core.errors import Retryable, UmbraError
from umbra.core.names import SlotReserved
from umbra.postgres.connection import PostgresAway
from umbra.postgres.reviews import StaleReview

_KNOWN: tuple[tuple[type[UmbraError], int, str, str], ...] = (
    (RevisionInProgress, 409, "revision-in-progress", "Wait for it, or roll back immediately."),
    (StaleRevision, 412, "stale-etag", "Read the deployment again and decide anew."),
    (StaleReview, 412, "stale-etag", "Read the newest review, then decide anew."),
    (UnknownDeployment, 404, "not-found", "`umbra deployments list` shows those there are."),
    (SlotReserved, 422, "slot-reserved", "Choose another name."),
    (PostgresAway, 503, "postgres-unavailable", "Try again; the API recovers by itself."),
)


def install(app: FastAPI) -> None:
    """Answer every error of `app` as a problem."""
    problem.install(app)
    for kind, status, slug, remedy in _KNOWN:
        app.add_exception_handler(kind, _Answer(status, slug, remedy))


def not_found(kind: str, name: str, remedy: str | None = None) -> Problem:
    """There is no `kind` called `name`."""
    return Problem(404, "not-found", f"There is no {kind} {name}.", remedy)


@contextmanager
def store_away_is_a_problem() -> Iterator[None]:
    """Answer 503 `store-unavailable` when the store is away."""
    try:
        yield
    except Retryable as err:
        raise Problem(503, "store-unavailable", str(err), "Try again.") from err


class _Answer:
    def __init__(self, status: int, slug: str, remedy: str) -> None:
        self._status, self._slug, self._remedy = status, slug, remedy

    async def __call__(self, request: Request, err: Exception) -> JSONResponse:
        found = Problem(self._status, self._slug, str(err), self._remedy)
        return found.response(request.scope)
