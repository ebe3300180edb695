"""Keeping one process running."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable

from umbra.local.backoff import Backoff
from umbra.local.console import Console
from umbra.local.leash import Leash, Spec

OWN_NAME = "umbra"
"""The supervisor's own lines carry this name."""


_LAST_LINES_S = 1.0
"""Time for the last lines of a process that ended; something else may hold its output open for longer."""


class Keeper:
    """Runs a process and starts it again, after a growing pause, whenever it ends; until `stop`."""

    def __init__(self, spec: Spec, leash: Leash, console: Console, changed: Callable[[], None]) -> None:
        """
        Args:
            changed: called, from the keeper's thread, whenever `pid` is another.
        """
        self.spec = spec
        self.starts = 0
        self._leash = leash
        self._console = console
        self._changed = changed
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = threading.Thread()
        self._stop_by = 0.0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=f"keep-{spec.name}", daemon=True)

    @property
    def pid(self) -> int | None:
        """The running process, which leads a process group of its own; None between two runs."""
        process = self._process
        return process.pid if process is not None else None

    def start(self) -> None:
        """Start it; `pid` is there on return."""
        self._run()
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Send the stop signal and start it no more; does not wait."""
        with self._lock:
            self._stopping.set()
            self._stop_by = time.monotonic() + self.spec.grace_s
            if self._process is not None:
                self._process.send_signal(self.spec.stop_signal)

    def join(self) -> None:
        """Wait until it is gone; it is killed when its time to stop cleanly is over."""
        self._thread.join(max(0.0, self._stop_by - time.monotonic()))
        if self._thread.is_alive():
            self._say(f"did not stop within {self.spec.grace_s:g} s and is killed.")
            self._kill()
            self._thread.join()

    def _keep(self) -> None:
        backoff = Backoff()
        while self._process is not None:
            began = time.monotonic()
            status = self._wait(self._process)
            if self._stopping.is_set():
                break
            pause_s = backoff.pause_s(time.monotonic() - began)
            self._say(f"{_ending(status)}; starts again {f'in {pause_s:g} s' if pause_s else 'at once'}.")
            self._stopping.wait(pause_s)
            self._run()

    def _run(self) -> None:
        with self._lock:
            if self._stopping.is_set():
                return
            self._process = self._leash.start(self.spec)
            self.starts += 1
        self._log = threading.Thread(
            target=self._console.copy, args=(self.spec.name, self._process.stdout), daemon=True
        )
        self._log.start()
        self._changed()

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        status = process.wait()
        with self._lock:
            self._process = None
        self._leash.ended(process)
        self._log.join(_LAST_LINES_S)
        self._changed()
        return status

    def _kill(self) -> None:
        with self._lock:
            if self._process is not None:
                os.killpg(self._process.pid, signal.SIGKILL)

    def _say(self, text: str) -> None:
        self._console.line(OWN_NAME, f"{self.spec.name} {text}")


def _ending(status: int) -> str:
    """`-9` → `was killed (SIGKILL)`, `1` → `ended with exit code 1`."""
    if status < 0:
        return f"was killed ({signal.Signals(-status).name})"
    return f"ended with exit code {status}"
