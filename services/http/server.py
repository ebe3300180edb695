"""Serving an application until SIGTERM or SIGINT."""

import errno
import signal
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from umbra.core.errors import Refused

_DRAIN_S = 10
_UNHEARD_MS = 60_000
"""A client that takes nothing that is sent to it for longer has gone, or might as well have."""


class Server(uvicorn.Server):
    """Tells that it is about to stop, so that what would never end by itself does.

    Args:
        on_stop: called on the event loop, before requests under way are waited for.
    """

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)


def serve(
    app: FastAPI, host: str, port: int, *, variable: str, on_stop: Callable[[], None] = lambda: None
) -> None:
    """Serve `app` until asked to stop; requests under way are finished first.

    Args:
        variable: the setting that moves the port, for the message.
        on_stop: called on the event loop as soon as it is asked to stop.

    Raises:
        Refused: the port is taken or not ours to take.
    """
    # uvicorn raises the signal again once it has stopped; the process then is to end by itself, with 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",  # its own life story; ours is in our words
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    with listening(host, port, variable) as listener:
        Server(config, on_stop).run(sockets=[listener])


def listening(host: str, port: int, variable: str) -> socket.socket:
    """A socket that listens on `host`:`port`; `Refused` when it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Accepted sockets inherit it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNHEARD_MS)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as err:
        listener.close()
        raise Refused(
            f"Cannot listen on {host}:{port}: {_reason(err)}. Choose another with {variable}."
        ) from err
    return listener


def _reason(err: OSError) -> str:
    return "another process has it" if err.errno == errno.EADDRINUSE else str(err.strerror or err)
