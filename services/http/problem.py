"""Every error over HTTP is problem+json: `type`, `title`, `status`, `detail`, `remedy`, `request_id`."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from umbra.core.errors import IllegalTransition, Refused, Retryable, TimedOut, UmbraError

log = logging.getLogger(__name__)

TITLES = {
    "invalid-request": "The request is not valid",
    "not-found": "There is no such thing",
    "method-not-allowed": "That cannot be done with this address",
    "revision-in-progress": "Another change of this deployment is under way",
    "stale-etag": "The deployment has changed since it was read",
    "illegal-transition": "The deployment cannot go there from where it is",
    "slot-reserved": "The slot name is reserved",
    "model-refused": "The model cannot be used",
    "model-not-ready": "The model is still being checked",
    "checker-unavailable": "The model checker is away",
    "image-too-large": "The image is too large",
    "image-unreadable": "The image cannot be read",
    "ambiguous-image": "Several images have this id",
    "image-not-kept": "The image is no longer kept",
    "unauthorized": "Who is asking is not known",
    "forbidden": "This is not for whoever asks",
    "too-busy": "Too much arrives at once",
    "kafka-unavailable": "Kafka is away",
    "postgres-unavailable": "PostgreSQL is away",
    "store-unavailable": "The store is away",
    "storage-full": "The disk is nearly full",
    "timed-out": "It took too long",
    "internal": "This is a bug of Umbra",
}
"""Slug → title; the slugs are part of the contract."""

_RETRY_AFTER_S = 2

_SLUG_OF_STATUS = {401: "unauthorized", 403: "forbidden", 404: "not-found", 405: "method-not-allowed"}


class Problem(Exception):
    """An answer that is an error; one of 503 says when trying again has a chance.

    Args:
        slug: one of TITLES.
        detail: what is wrong, and where.
        remedy: what to do about it.
    """

    def __init__(self, status: int, slug: str, detail: str, remedy: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.slug, self.remedy = status, slug, remedy
        # It may quote half a surrogate pair, which JSON can say and UTF-8 cannot.
        self.detail = detail.encode(errors="backslashreplace").decode()
        self.headers = retry_headers(status)

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON of the answer."""
        return {
            "type": f"urn:umbra:{self.slug}",
            "title": TITLES[self.slug],
            "status": self.status,
            "detail": self.detail,
            "remedy": self.remedy,
            "request_id": request_id,
        }

    def response(self, scope: Scope) -> JSONResponse:
        """The answer to the request of `scope`."""
        return JSONResponse(
            self.body(request_id(scope)),
            self.status,
            headers=self.headers,
            media_type="application/problem+json",
        )


def retry_headers(status: int) -> dict[str, str]:
    """The headers of an answer with this status that tell when to try again; a dictionary of one's own."""
    return {"Retry-After": str(_RETRY_AFTER_S)} if status == 503 else {}


def request_id(scope: Scope) -> str:
    """The id by which a request is found in the log."""
    return str(scope.get("state", {}).get("request_id", "unknown"))


def install(app: FastAPI) -> None:
    """Answer every error of `app` as a problem, the framework's own too."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(UmbraError, _on_umbra_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


def from_error(err: UmbraError) -> Problem:
    """The problem that an error of the library is; a service that knows better raises its own."""
    match err:
        case Refused():
            return Problem(422, "invalid-request", str(err))
        case IllegalTransition():
            return Problem(409, "illegal-transition", str(err))
        case Retryable():
            return Problem(503, "kafka-unavailable", str(err), "Try again.")
        case TimedOut():
            return Problem(504, "timed-out", str(err), "Look again later.")
        case _:
            return Problem(500, "internal", str(err))


def _on_problem(request: Request, err: Exception) -> JSONResponse:
    assert isinstance(err, Problem)
    return err.response(request.scope)


def _on_umbra_error(request: Request, err: Exception) -> JSONResponse:
    assert isinstance(err, UmbraError)
    return from_error(err).response(request.scope)


def _on_invalid(request: Request, err: Exception) -> JSONResponse:
    assert isinstance(err, RequestValidationError)
    faults = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in err.errors()]
    problem = Problem(
        422, "invalid-request", "; ".join(faults), "Correct it; see /docs for what is expected."
    )
    return problem.response(request.scope)


def _on_http_error(request: Request, err: Exception) -> JSONResponse:
    assert isinstance(err, HTTPException)
    slug = _SLUG_OF_STATUS.get(err.status_code, "invalid-request")
    detail = f"{request.method} {request.scope['path']}: {err.detail}."
    problem = Problem(err.status_code, slug, detail, "See /docs for what there is.")
    problem.headers.update(err.headers or {})
    return problem.response(request.scope)


def _on_bug(request: Request, err: Exception) -> JSONResponse:
    detail = f"{type(err).__name__}; the log of the service has more under this request_id."
    log.error("A request failed by a bug.", extra={"request_id": request_id(request.scope)})
    problem = Problem(500, "internal", detail, "Report it with the log.")
    problem.headers["X-Request-Id"] = request_id(request.scope)  # answered outside the door
    return problem.response(request.scope)
