"""The body of a request: how large it may be, and what becomes of the rest when it is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DISCARDED_BYTES = 256_000_000
_DISCARDING_S = 10.0


class BodyLimit:
    """ASGI middleware: a body that is too large is refused with 413, and not kept.

    Args:
        most: the bytes that the request of a scope may bring.
    """

    def __init__(self, app: ASGIApp, most: Callable[[Scope], int]) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            announced = announced_bytes(Headers(scope=scope)) or 0
            receive = _Counted(receive, self._most(scope), announced)
        await self._app(scope, receive, send)


def announced_bytes(headers: Headers) -> int | None:
    """The Content-Length, None when the body is chunked."""
    value = headers.get("content-length")
    return int(value) if value is not None and value.isdecimal() else None


def announces_body(headers: Headers) -> bool:
    """Whether more than its headers is to come of a request."""
    return "transfer-encoding" in headers or bool(announced_bytes(headers))


async def discard(left: AsyncIterator[bytes]) -> None:
    """Read what is left of a body, so that a sender who only listens at the end hears why it was refused."""
    size = 0
    try:
        async with asyncio.timeout(_DISCARDING_S):
            async for chunk in left:
                size += len(chunk)
                if size > _DISCARDED_BYTES:
                    return
    except (ClientDisconnect, TimeoutError, RuntimeError):
        return


async def rest(receive: Receive) -> AsyncIterator[bytes]:
    """What is left of a body, in pieces.

    Raises:
        ClientDisconnect: the sender hung up before the end.
    """
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        yield message.get("body", b"")


class _Counted:
    """`receive` that gives out so many bytes of a body, and no more."""

    def __init__(self, receive: Receive, most: int, announced: int) -> None:
        self._receive = receive
        self._most = most
        self._announced = announced
        self._seen = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if max(self._seen, self._announced) <= self._most:
            return message
        if message.get("more_body", False):
            await discard(rest(self._receive))
        # Raised where the body is read, so that it is answered like every other error.
        raise HTTPException(413, f"The body is larger than the {self._most:,} bytes that are taken here")
