"""Reading a request's body as it arrives, within its bounds."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from services.http.problem import Problem

_SILENCE_S = 20.0
_DISCARDED_BYTES = 256_000_000
_DISCARDING_S = 10.0


def announced_bytes(request: Request) -> int | None:
    """The Content-Length, None when the body is chunked."""
    value = request.headers.get("content-length")
    return int(value) if value is not None and value.isdecimal() else None


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces.

    Raises:
        Problem: the sender fell silent, or hung up before the end.
    """
    stream = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(_SILENCE_S):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except ClientDisconnect as err:
            raise Problem(400, "invalid-request", "The upload was cut off.", "Send it again.") from err
        except TimeoutError as err:
            raise Problem(
                408, "timed-out", f"Nothing of the upload arrived for {_SILENCE_S:g} s.", "Send it again."
            ) from err
        yield chunk


async def discard(request: Request) -> None:
    """Read what is left, so that a sender who only listens at the end hears why it was refused."""
    left = _DISCARDED_BYTES
    try:
        async with asyncio.timeout(_DISCARDING_S):
            async for chunk in request.stream():
                left -= len(chunk)
                if left < 0:
                    return
    except (ClientDisconnect, TimeoutError, RuntimeError):
        return
