"""The guard behind the door: nobody gets to a route whose role they do not have."""

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from services.http.body import announces_body, discard, rest
from services.http.gates import Gate, gates
from services.http.problem import Problem
from umbra.core.role import Role, enough, may
from umbra.core.tokens import ANONYMOUS, Holder, shown_token
from umbra.tokens_file import TokensFile

_SEE_DOCS = "See /docs for what there is."


def asking(request: Request) -> str:
    """Who asks: the name of the token, `anonymous` where none is asked for."""
    holder: Holder | None = request.state.holder
    return holder.name if holder else ANONYMOUS


class Guard:
    """ASGI middleware: 401 for whom nobody knows, 403 for whom a route is not, before the body is read.

    Only routes that say what they ask for can be reached at all.

    Args:
        service: whose routes they are, all of which are there when the first request comes.
        tokens: None: everybody has every role.
    """

    def __init__(self, app: ASGIApp, service: FastAPI, tokens: TokensFile | None) -> None:
        self._app, self._tokens = app, tokens
        self._gates = list(gates(service))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            holder = self._admit(scope)
        except Problem as problem:
            await _refuse(problem, scope, receive, send)
        else:
            scope.setdefault("state", {})["holder"] = holder
            await self._app(scope, receive, send)

    def _admit(self, scope: Scope) -> Holder | None:
        gate = self._gate(scope)
        if gate.roles is None:
            raise Problem(
                403, "forbidden", f"{gate.path} does not say whom it is for.", "Report this as a bug."
            )
        if self._tokens is None or not gate.roles:
            return None
        holder = _holder(self._tokens, Headers(scope=scope).get("authorization", ""))
        for role in gate.roles:
            _check(holder, role)
        return holder

    def _gate(self, scope: Scope) -> Gate:
        """The gate of the route that the router is going to choose."""
        matched = [(gate, gate.match(scope)) for gate in self._gates]
        if found := next((gate for gate, match in matched if match is Match.FULL), None):
            return found
        asked = f"{scope['method']} {scope['path']}"
        methods = {name for gate, match in matched if match is Match.PARTIAL for name in gate.methods}
        if not methods:
            raise Problem(404, "not-found", f"{asked}: Not Found.", _SEE_DOCS)
        problem = Problem(405, "method-not-allowed", f"{asked}: Method Not Allowed.", _SEE_DOCS)
        problem.headers["Allow"] = ", ".join(sorted(methods))
        raise problem


def _holder(tokens: TokensFile, header: str) -> Holder:
    token = shown_token(header)
    if token is None:
        raise _unauthorized("Bearer", "This needs a token, and none came along.")
    holder = tokens.tokens().holder(token)
    if holder is None:
        raise _unauthorized('Bearer error="invalid_token"', "This token is nobody's (any more).")
    return holder


def _unauthorized(challenge: str, detail: str) -> Problem:
    problem = Problem(
        401,
        "unauthorized",
        detail,
        "Set UMBRA_TOKEN for the command line, or send the header `Authorization: Bearer TOKEN`; "
        "`umbra tokens create` makes a token.",
    )
    problem.headers["WWW-Authenticate"] = challenge
    return problem


def _check(holder: Holder, role: Role) -> None:
    if not may(holder.role, role):
        raise Problem(
            403,
            "forbidden",
            f"This needs the role {role}; the token of {holder.name} has the role {holder.role}.",
            f"Use a token with the role {enough(role)}.",
        )


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once; what still comes of the body is thrown away afterwards, for a while."""
    if not announces_body(Headers(scope=scope)):
        await problem.response(scope)(scope, receive, send)
        return
    problem.headers["Connection"] = "close"
    answer = problem.response(scope)
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    # To hang up on somebody who still sends would take the answer away from them again.
    await discard(rest(receive))
    await send({"type": "http.response.body", "body": b"", "more_body": False})
