"""The door: every request gets an id, and a web page of another origin gets nothing."""

import logging
import re
import time
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.http.loopback import is_loopback
from services.http.problem import Problem
from umbra.settings import HttpSettings

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by orchestrators and Prometheus under whatever name they know the service by."""

_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "text/plain"})
"""What a page of another origin can send without asking first."""


class Door:
    """ASGI middleware: the request id, the Host and Origin checks, one log line for a failed request.

    It hands on the path as it came, still percent-encoded: an id may contain a slash. Path parameters
    are therefore to be unquoted (`unquoted` does).
    """

    def __init__(self, app: ASGIApp, settings: HttpSettings) -> None:
        self._app = app
        self._hosts = {*(host.lower() for host in settings.allowed_hosts), settings.host}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope.setdefault("state", {})["request_id"] = request_id = _request_id(headers)
        scope["path"] = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        sender = _Sender(send, scope, request_id)
        try:
            self._check(scope, headers)
        except Problem as problem:
            await problem.response(scope)(scope, receive, sender)
        else:
            await self._app(scope, receive, sender)

    def _check(self, scope: Scope, headers: Headers) -> None:
        if scope["path"] not in _OPEN:
            self._check_host(headers.get("host", ""))
        if scope["method"] not in _READING:
            _check_origin(headers)
            _check_type(headers)

    def _check_host(self, host: str) -> None:
        name = _host_name(host)
        if name in self._hosts or is_loopback(name):
            return
        raise Problem(
            403,
            "forbidden",
            f"This service does not answer to the name {host!r}.",
            f"Add {name or 'the name'} to UMBRA_ALLOWED_HOSTS if it is meant to.",
        )


def unquoted(encoded: str) -> str:
    """A path parameter or header value as text.

    Raises:
        Problem: percent-encoding of what is not UTF-8.
    """
    try:
        return unquote(encoded, errors="strict")
    except UnicodeDecodeError as err:
        remedy = "Percent-encode the UTF-8 bytes of the text."
        raise Problem(422, "invalid-request", f"{encoded!r} does not encode UTF-8 text.", remedy) from err


def _check_origin(headers: Headers) -> None:
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != headers.get("host", "").lower():
        raise Problem(
            403,
            "forbidden",
            f"A web page of {origin} may not change anything here.",
            "Send the request from a page of this service, or from a program.",
        )


def _check_type(headers: Headers) -> None:
    sent = headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent in _FORM_TYPES:
        raise Problem(
            415,
            "invalid-request",
            f"A body of Content-Type {sent} is not taken.",
            "Say what it is: application/json, image/jpeg, application/octet-stream, multipart/form-data, …",
        )


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


class _Sender:
    """Puts the id on the response, and a line in the log when it is a failure of ours."""

    def __init__(self, send: Send, scope: Scope, request_id: str) -> None:
        self._send, self._scope, self._request_id = send, scope, request_id
        self._started_at = time.monotonic()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Request-Id"] = self._request_id
            level = logging.WARNING if message["status"] >= 500 else logging.DEBUG
            log.log(level, "Answered.", extra=self._described(message["status"]))
        await self._send(message)

    def _described(self, status: int) -> dict[str, object]:
        return {
            "method": self._scope["method"],
            "path": self._scope["path"],
            "status": status,
            "ms": round((time.monotonic() - self._started_at) * 1000, 1),
            "request_id": self._request_id,
        }
