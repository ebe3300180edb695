"""Reading a request's body as it arrives, within its bounds."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from services.http.problem import Problem

_SILENCE_S = 20.0


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
