"""Serving an application until SIGTERM or SIGINT."""

import errno
import signal
import socket

import uvicorn
from fastapi import FastAPI

from umbra.core.errors import Refused

_DRAIN_S = 10


def serve(app: FastAPI, host: str, port: int, *, variable: str) -> None:
    """Serve `app` until asked to stop; requests under way are finished first.

    Args:
        variable: the setting that moves the port, for the message.

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
        uvicorn.Server(config).run(sockets=[listener])


def listening(host: str, port: int, variable: str) -> socket.socket:
    """A socket that listens on `host`:`port`; `Refused` when it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
