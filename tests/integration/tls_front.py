"""TLS in front of a PostgreSQL whose build has none, as poolers put it there: what libpq asks, then TLS."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

from umbra.local.ports import LOOPBACK

_GSS_REQUEST = (80877104).to_bytes(4)


class _Front(ThreadingTCPServer):
    daemon_threads = True
    context: ssl.SSLContext
    behind: tuple[str, int]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust us leaves in the middle of the handshake."""


class _Passage(BaseRequestHandler):
    server: _Front

    def handle(self) -> None:
        while self.request.recv(8)[4:] == _GSS_REQUEST:
            self.request.sendall(b"N")
        self.request.sendall(b"S")
        with (
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(self.server.behind) as behind,
        ):
            there = threading.Thread(target=_pump, args=(client, behind))
            there.start()
            _pump(behind, client)
            there.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def tls_front(context: ssl.SSLContext, port_behind: int) -> Iterator[int]:
    """The port where a server on the loopback interface is reached over TLS alone."""
    with _Front((LOOPBACK, 0), _Passage) as front:
        front.context, front.behind = context, (LOOPBACK, port_behind)
        serving = threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield front.server_address[1]
        finally:
            front.shutdown()
            serving.join()
