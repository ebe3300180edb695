"""A stream as the answer to a request."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.api.events.board import Board
from umbra.contracts.http.event import EVENT_STREAM

_HEADERS = {
    "Cache-Control": "no-store",
    # nginx and those that do as it does: hand on what comes at once.
    "X-Accel-Buffering": "no",
}


class EventStream(StreamingResponse):
    """Open for as long as it is read; 503 `too-busy` when there are too many."""

    def __init__(self, board: Board, deployment: str | None, last_id: str | None) -> None:
        super().__init__(_nothing(), headers=_HEADERS, media_type=EVENT_STREAM)
        self._board, self._deployment, self._last_id = board, deployment, last_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream = self._board.open(self._deployment, self._last_id)
        self.body_iterator = stream.pieces()
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._board.close(stream)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
