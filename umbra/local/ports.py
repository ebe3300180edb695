"""Ports of the loopback interface for the local stack."""

import random
import socket

from umbra.core.errors import Refused

LOOPBACK = "127.0.0.1"

_OTHERS = range(18_000, 30_000)
"""Below every platform's ephemeral ports: while a broker restarts, no outgoing connection takes its port."""


class Ports:
    """Hands out free ports, none twice."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def usual(self, port: int) -> int:
        """The usual port of something when it is free, else any that is."""
        return self._give(port) if self._fits(port) else self.any()

    def exactly(self, port: int, wanted_by: str) -> int:
        """A port somebody asked for.

        Raises:
            Refused: something else listens there.
        """
        if not self._fits(port):
            raise Refused(
                f"Port {port} of {wanted_by} is in use. Stop what listens there or set another port."
            )
        return self._give(port)

    def any(self) -> int:
        """A free port above the usual ones."""
        candidates = random.sample(_OTHERS, len(_OTHERS))
        return self._give(next(port for port in candidates if self._fits(port)))

    def _fits(self, port: int) -> bool:
        return port not in self._given and is_free(port)

    def _give(self, port: int) -> int:
        self._given.add(port)
        return port


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
