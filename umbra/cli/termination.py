"""SIGTERM as an exception: a command that started something ends it on its way out, as it does on Ctrl-C."""

import signal
from types import FrameType
from typing import NoReturn


class Terminated(BaseException):
    """SIGTERM came."""


def raise_on_sigterm() -> None:
    """From now on SIGTERM raises `Terminated` in the main thread, once."""
    signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: it is stopping
    raise Terminated
