"""What the API reaches out to, and how a handler gets at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import AfterValidator

from services.api.checker import Checker
from services.api.content import ContentReader
from services.api.evaluation.process import EvaluationProcess
from services.api.events.board import Board
from services.api.settings import ApiSettings
from services.http.door import unquoted
from umbra.control.relay import Relay
from umbra.postgres.connection import Connection, Pool, away_is_retryable, unfit_is_refused
from umbra.store import Store


@dataclass(frozen=True, slots=True)
class Adapters:
    """The API's connections to everything else.

    Attributes:
        board: of the event streams.
        create_wait_s: how long a new deployment is waited for before the answer is 202.
    """

    settings: ApiSettings
    pool: Pool
    relay: Relay
    store: Store
    contents: ContentReader
    evaluations: EvaluationProcess
    checker: Checker
    board: Board
    create_wait_s: float = 10.0


def _adapters(request: Request) -> Adapters:
    adapters: Adapters = request.app.state.adapters
    return adapters


@contextmanager
def connected(adapters: Adapters) -> Iterator[Connection]:
    """A pooled connection, for handlers that do not need one all the time.

    Raises:
        PostgresAway: there is none, or it was lost.
        Refused: it cannot hold a value of the request.
    """
    with unfit_is_refused(), away_is_retryable(), adapters.pool.connection() as db:
        yield db


def _connection(request: Request) -> Iterator[Connection]:
    with connected(_adapters(request)) as db:
        yield db


Everything = Annotated[Adapters, Depends(_adapters)]
Db = Annotated[Connection, Depends(_connection, scope="function")]
"""A pooled connection for the time of the handler."""

Name = Annotated[str, Path(), AfterValidator(unquoted)]
"""A part of the path as text; the door hands the path on still percent-encoded."""
