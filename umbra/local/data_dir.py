"""The directory that holds everything a local stack keeps."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from umbra.core.errors import Refused

_CLEANUP_S = 20.0
"""After SIGKILL of a supervisor its watchdog holds the lock until the last process has ended."""


@contextmanager
def locked(directory: Path) -> Iterator[int]:
    """Make the directory and hold its lock; yields the lock's file descriptor, to be handed on.

    Raises:
        Refused: another stack runs there.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(file, directory)
        os.truncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield file
    finally:
        os.close(file)


def require_free_space(directory: Path, min_free_bytes: int) -> None:
    """
    Raises:
        Refused: the file system has less free.
    """
    free_bytes = shutil.disk_usage(directory).free
    if free_bytes < min_free_bytes:
        raise Refused(
            f"Only {free_bytes / 1e9:.1f} GB are free at {directory}, {min_free_bytes / 1e9:.1f} GB wanted. "
            "Free some space, choose another --data-dir, or lower UMBRA_MIN_FREE_BYTES."
        )


def _lock(file: int, directory: Path) -> None:
    deadline = time.monotonic() + _CLEANUP_S
    while not _try_lock(file):
        holder = os.pread(file, 20, 0).decode().strip()
        if _is_alive(holder) or time.monotonic() > deadline:
            raise Refused(
                f"`umbra up` already runs on {directory} (process {holder or 'unknown'}). "
                "Use that one, stop it, or choose another --data-dir."
            )
        time.sleep(0.1)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: str) -> bool:
    if not pid:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
