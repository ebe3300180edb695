"""Commands that set something up may be started before the server they need."""

import time
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from umbra.core.errors import Retryable

T = TypeVar("T")

WaitFor = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for a server that is away.")]


def patiently(ask: Callable[[], T], wait_s: float, retry_s: float = 1.0) -> T:
    """What `ask` gives, asked again every `retry_s` seconds while the server is away.

    Raises:
        Retryable: it still is after `wait_s` seconds.
    """
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return ask()
        except Retryable:
            if time.monotonic() + retry_s > deadline:
                raise
            time.sleep(retry_s)
