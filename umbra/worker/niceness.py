"""How much a worker leaves to others: the champion never waits for a shadow, for the processor neither."""

import contextlib
import os
from pathlib import Path

SHADOW_NICE = 10
"""Of a shadow's worker, unless somebody says otherwise."""

_SESSION = Path("/proc/self/autogroup")


def be_nice(nice: int) -> None:
    """Add to the niceness of this process, and of its session when that is its own.

    The supervisor starts every process in a session, and Linux with `sched_autogroup` (the default of many)
    weighs sessions by themselves: nice 10 alone then leaves two busy processes half a core each (measured),
    with the session 1 : 8.
    """
    if not nice:
        return
    os.nice(nice)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # no Linux, or one without it
            _SESSION.write_text(str(nice))
