"""Looks how things stand once a second, while somebody listens."""

import logging
import threading
from contextlib import closing, suppress
from typing import Self

from services.api.events.board import Board
from services.api.events.news import Standing, changes, summary
from services.api.events.reading import Reader
from umbra.core.errors import UmbraError
from umbra.postgres.connection import Connection, connect, transaction
from umbra.settings import PostgresSettings

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
"""Also how often figures are told of at most."""


class Watch:
    """A thread and a connection of its own, so that busy handlers delay no event and pages no handler."""

    def __init__(self, settings: PostgresSettings, board: Board) -> None:
        self._settings = settings
        self._board = board
        self._reader = Reader()
        self._standing: Standing | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopping.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._board.watched.wait(_LOOK_EVERY_S):
                continue
            try:
                with closing(connect(self._settings, "umbra-api-events")) as db:
                    self._look_while_watched(db)
            except UmbraError as err:
                log.warning("Events wait for PostgreSQL.", extra={"reason": str(err)})
            except Exception:
                log.exception("Looking for events failed by a bug.")
            self._stopping.wait(_LOOK_EVERY_S)

    def _look_while_watched(self, db: Connection) -> None:
        while self._board.watched.is_set() and not self._stopping.is_set():
            with transaction(db):
                standing = self._reader.read(db)
            self._publish(standing)
            self._stopping.wait(_LOOK_EVERY_S)

    def _publish(self, standing: Standing) -> None:
        # Who listens since the first look hears how things stand.
        changed = [] if self._standing is None else list(changes(self._standing, standing))
        self._standing = standing
        if self._board.loop is not None:
            # A loop that is closed has no stream left.
            with suppress(RuntimeError):
                self._board.loop.call_soon_threadsafe(self._board.publish, changed, list(summary(standing)))
