"""Which role each route asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Security, params
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from umbra.core.role import Role

_PAGES = {"/", "/deployments/{rest:path}", "/models", "/models/{rest:path}"}
_FILES = {"/assets/{name}", "/icon.svg", "/theme.js"}
_WATCHED = {"/healthz", "/readyz", "/metrics"}
_DOCUMENTS = {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}
OPEN = frozenset(_PAGES | _FILES | _WATCHED | _DOCUMENTS)
"""Routes that ask for no role: they change nothing, and what they show is no secret."""

_SHOWN = HTTPBearer(
    scheme_name="token",
    description="Made by `umbra tokens create`; asked for where the service has a tokens file.",
    auto_error=False,
)


def needs(role: Role) -> Any:
    """A dependency for routers and routes: what they ask for; of several each is asked for.

    It only says so, to the guard and in /docs. To look at the token is the guard's part: FastAPI calls a
    dependency after it has read the body.
    """
    return Security(_SHOWN, scopes=[role])


@dataclass(frozen=True, slots=True)
class Gate:
    """A route as the guard sees it.

    Attributes:
        roles: all that it asks for; None: it does not say.
    """

    route: Route
    roles: tuple[Role, ...] | None

    @property
    def path(self) -> str:
        return self.route.path

    @property
    def methods(self) -> set[str]:
        return self.route.methods or set()

    def match(self, scope: Scope) -> Match:
        """Whether the request of `scope` is for this route: FULL, or all but its method: PARTIAL."""
        return self.route.matches(scope)[0]


def gates(app: FastAPI) -> Iterator[Gate]:
    """Every route of `app`, in the order the router tries them; of mounts and sockets none."""
    for context in iter_route_contexts(app.routes):
        if context.path is not None and context.methods:
            yield Gate(Route(context.path, _nowhere, methods=sorted(context.methods)), _roles(context))


def _roles(context: RouteContext) -> tuple[Role, ...] | None:
    if context.path in OPEN:
        return ()
    declared = [
        Role(scope)
        for dependency in getattr(context, "dependencies", ())
        if isinstance(dependency, params.Security) and dependency.dependency is _SHOWN
        for scope in dependency.scopes or ()
    ]
    return tuple(declared) or None


def _nowhere(request: Request) -> Response:
    raise NotImplementedError(request.url.path)  # only its path and methods are asked
