"""Starting processes that cannot outlive whoever started them."""

import contextlib
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from umbra.local import watchdog

_REGISTER = 'echo "+$$ $0" >&0; exec "$@" </dev/null'
"""The process lists itself on the watchdog's pipe, its standard input, before it becomes the command:
there is no instant at which it runs unlisted."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A process to run.

    Attributes:
        name: unique in its stack; the prefix of its log lines.
        environ: its whole environment.
        user: run as this account (only root can); None: as we are.
        stop_signal: asks it to stop cleanly.
        grace_s: how long that may take before it is killed.
    """

    name: str
    command: tuple[str, ...]
    directory: Path = Path()
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 15.0


class Leash:
    """Starts processes, each in a session of its own, that end when the holder of the leash does."""

    def __init__(self, keep_open: tuple[int, ...] = ()) -> None:
        """
        Args:
            keep_open: file descriptors to hold until the last process is gone (a lock).
        """
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            pass_fds=keep_open,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def start(self, spec: Spec) -> subprocess.Popen[bytes]:
        """Start a process; its output, both streams, is its `stdout`."""
        return subprocess.Popen(
            ["/bin/sh", "-c", _REGISTER, str(int(spec.stop_signal)), *spec.command],
            stdin=self._watchdog.stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=spec.directory,
            env=dict(spec.environ),
            start_new_session=True,
            **identity(spec.user),
        )

    def ended(self, process: subprocess.Popen[bytes]) -> None:
        """Tell the watchdog that a process is gone, and end what it left in its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        self._tell(f"-{process.pid}\n")

    def close(self) -> None:
        """Let go: whatever still runs is ended by the watchdog; waits for that."""
        assert self._watchdog.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._watchdog.stdin.close()
        self._watchdog.wait()

    def _tell(self, line: str) -> None:
        assert self._watchdog.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):  # ended with us, or let go already
            os.write(self._watchdog.stdin.fileno(), line.encode())


def identity(user: str | None) -> dict[str, Any]:
    """Arguments of `subprocess` to run as `user`, in that account's group and no other; None: as we are."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
