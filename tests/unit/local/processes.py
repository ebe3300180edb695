"""Small processes to supervise, and what became of them."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from umbra.local.leash import Spec

PYTHON = (sys.executable, "-I", "-S", "-c")

SLEEP = "import time; print('started', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


def program(name: str, code: str = SLEEP, grace_s: float = 5.0) -> Spec:
    """A process that runs a few words of Python."""
    return Spec(name, (*PYTHON, code), Path(), grace_s=grace_s)


def is_running(pid: int) -> bool:
    """Whether the process lives; one that only waits to be collected does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def until(happened: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Return once it has happened; fail after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
