"""Waiting until what was started can be used."""

import socket
import time
import urllib.request
from collections.abc import Callable, Mapping
from urllib.error import URLError

from umbra.core.errors import TimedOut
from umbra.local.ports import LOOPBACK

Check = Callable[[], bool]


def accepts(port: int) -> bool:
    """Whether something listens on the loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def answers(url: str) -> bool:
    """Whether a GET is answered with 200 within a second."""
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def wait_until(checks: Mapping[str, Check], timeout_s: float) -> None:
    """Return when every check has held once.

    Raises:
        TimedOut: names those that did not hold within `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    waiting = dict(checks)
    while True:
        waiting = {name: check for name, check in waiting.items() if not check()}
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise TimedOut(
                f"Not ready after {timeout_s:g} s: {', '.join(waiting)}. What they say is in the log above."
            )
        time.sleep(0.1)
