"""Ports of the loopback interface for the local stack."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

from umbra.core.errors import Refused

LOOPBACK = "127.0.0.1"

_OTHERS = range(18_000, 30_000)
"""Below every platform's ephemeral ports: while a broker restarts, no outgoing connection takes its port."""


class Ports:
    """Hands out free ports, none twice; not even to another stack that starts at the same moment."""

    def __init__(self) -> None:
        self._reserved: dict[int, int] = {}

    def usual(self, port: int) -> int:
        """The usual port of something when it is free, else any that is."""
        return port if self._fits(port) else self.any()

    def exactly(self, port: int, wanted_by: str) -> int:
        """A port somebody asked for.

        Raises:
            Refused: something else listens there.
        """
        if not self._fits(port):
            raise Refused(
                f"Port {port} of {wanted_by} is in use. Stop what listens there or set another port."
            )
        return port

    def any(self) -> int:
        """A free port above the usual ones."""
        candidates = random.sample(_OTHERS, len(_OTHERS))
        return next(port for port in candidates if self._fits(port))

    def _fits(self, port: int) -> bool:
        return port not in self._reserved and is_free(port) and self._reserve(port)

    def _reserve(self, port: int) -> bool:
        """Hold a lock on the port's name for the life of this process: a broker binds it seconds later."""
        directory = Path(tempfile.gettempdir()) / f"umbra-ports-{os.getuid()}"
        directory.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(directory / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._reserved[port] = lock
        return True


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, on the loopback address or on all."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if probe.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection that is only winding down is no reason to go elsewhere.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
