"""The bytes of images held at once, bounded: who asks for more waits, and the network with him."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.http.problem import Problem

_WAIT_S = 10.0
LEAST_BYTES = 65_536
"""An upload takes at least this, so that their number is bounded too."""


class Buffer:
    """A number of bytes that uploads share; used by one event loop."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = 0
        self._given_back = asyncio.Condition()

    @asynccontextmanager
    async def lease(self, size: int) -> "AsyncIterator[Lease]":
        """Hold `size` bytes, and what is grown later, until the block ends.

        Raises:
            Problem: 413 when it can never fit, 503 when it did not within 10 s.
        """
        lease = Lease(self)
        try:
            await lease.grow(max(size, LEAST_BYTES))
            yield lease
        finally:
            async with self._given_back:
                self.held -= lease.size
                self._given_back.notify_all()

    async def take(self, size: int) -> None:
        """Wait until `size` bytes are free, and take them."""
        async with self._given_back:
            await self._given_back.wait_for(lambda: self.held + size <= self.size)
            self.held += size


class Lease:
    """What one request holds of the buffer."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self.size = 0

    async def grow(self, to_size: int) -> None:
        """Hold `to_size` bytes in all; smaller changes nothing."""
        more = to_size - self.size
        if more <= 0:
            return
        if to_size > self._buffer.size:
            raise _never_fits(self._buffer.size)
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._buffer.take(more)
        except TimeoutError as err:
            raise _too_busy() from err
        self.size = to_size


def _never_fits(size: int) -> Problem:
    return Problem(
        413,
        "image-too-large",
        f"The request is larger than the {size:,} bytes ingest holds at once.",
        "Send the images in several requests, or raise UMBRA_UPLOAD_BUFFER_BYTES.",
    )


def _too_busy() -> Problem:
    return Problem(
        503,
        "too-busy",
        f"So many images arrive at once that there was no room for this one within {_WAIT_S:g} s.",
        "Send it again, fewer at a time; nothing of it was kept.",
    )
