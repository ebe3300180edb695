"""The board: what was told lately, and the open streams that hear of what is new.

Used on the event loop alone.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import NamedTuple
from uuid import uuid4

import msgspec

from services.api.events.news import News
from services.http.problem import Problem

REMEMBERED = 2000
"""Events: who comes back behind one of them hears what came since, and only that."""
_WAITING = 16
"""Most pieces that wait for a reader, one a second at most; of one that is slower the stream is ended."""
_LONGEST_NUMBER = 15
QUIET_S = 10.0
_OPENING = b"retry: 2000\n: Umbra\n\n"
_STILL_HERE = b": still here\n\n"


class Told(NamedTuple):
    """An event under its number."""

    number: int
    deployment: str | None
    line: bytes


class Stream:
    """One open page.

    Attributes:
        has_begun: whether it has heard how things stand.
        has_ended: whether nothing more is told to it.
        waiting: pieces that are not sent yet.

    Args:
        deployment: whose events it hears; None: everybody's.
    """

    def __init__(self, deployment: str | None) -> None:
        self.has_begun = False
        self._deployment = deployment
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue(_WAITING)
        self.has_ended = False
        self.waiting.put_nowait(_OPENING)

    def offer(self, told: Iterable[Told]) -> None:
        """Tell it what concerns it; a reader that is too slow hears no more."""
        piece = b"".join(each.line for each in told if self._concerns(each))
        if not piece or self.has_ended:
            return
        try:
            self.waiting.put_nowait(piece)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Let it end now; what still waits is not sent."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.has_ended = True
        self.waiting.put_nowait(b"")

    async def pieces(self) -> AsyncIterator[bytes]:
        """What is to be sent, until it ends."""
        while piece := await self._next():
            yield piece

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(QUIET_S):
                return await self.waiting.get()
        except TimeoutError:
            return _STILL_HERE

    def _concerns(self, told: Told) -> bool:
        return None in (self._deployment, told.deployment) or told.deployment == self._deployment


class Board:
    """Every open stream of this process, `most` of them at once.

    Attributes:
        watched: whether there are any; for other threads too.
        loop: where all but that is used, once a stream was opened.
    """

    def __init__(self, most: int) -> None:
        self.watched = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._most = most
        # Numbers begin anew with every process: of another's it is not known what came since.
        self._boot = uuid4().hex[:12]
        self._number = 0
        self._told: deque[Told] = deque(maxlen=REMEMBERED)
        self.streams: set[Stream] = set()
        self._is_closed = False

    def open(self, deployment: str | None, last_id: str | None) -> Stream:
        """A stream that goes on behind the event `last_id`, or else begins with how things stand.

        Raises:
            Problem: there are too many.
        """
        if self._is_closed or len(self.streams) >= self._most:
            raise Problem(
                503,
                "too-busy",
                f"{len(self.streams)} event streams are open, of {self._most} at most.",
                "Close some, or raise UMBRA_EVENT_STREAMS; without a stream, ask every few seconds.",
            )
        self.loop = asyncio.get_running_loop()
        stream = Stream(deployment)
        if (missed := self._since(last_id)) is not None:
            stream.has_begun = True
            stream.offer(missed)
        self.streams.add(stream)
        self.watched.set()
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream whose reader has gone."""
        self.streams.discard(stream)
        if not self.streams:
            self.watched.clear()

    def publish(self, changed: Iterable[News], standing: Iterable[News]) -> None:
        """Tell everybody what has changed, and how things stand who has just come."""
        told = [self._numbered(news) for news in changed]
        self._told.extend(told)
        coming = [stream for stream in self.streams if not stream.has_begun]
        summary = [self._line(news) for news in standing] if coming else []
        for stream in list(self.streams):
            stream.offer(told if stream.has_begun else summary)
            stream.has_begun = True

    def end(self) -> None:
        """End every stream, and let no more begin."""
        self._is_closed = True
        for stream in self.streams:
            stream.end()

    def _since(self, last_id: str | None) -> Sequence[Told] | None:
        """What was told after an event; None: that is not known."""
        boot, _, number = (last_id or "").partition("-")
        if boot != self._boot or not number.isdecimal() or len(number) > _LONGEST_NUMBER:
            return None
        oldest = self._told[0].number if self._told else self._number + 1
        if not oldest - 1 <= int(number) <= self._number:
            return None
        return [told for told in self._told if told.number > int(number)]

    def _numbered(self, news: News) -> Told:
        self._number += 1
        return self._line(news)

    def _line(self, news: News) -> Told:
        data = msgspec.json.encode(news.data).decode()
        line = f"id: {self._boot}-{self._number}\nevent: {news.event}\ndata: {data}\n\n"
        return Told(self._number, news.deployment, line.encode())
