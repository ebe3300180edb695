"""Metrics and health over HTTP, for a process that serves nothing else: a worker or a monitor."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from umbra.core.errors import Refused

Unready = Callable[[], str | None]
"""Why the process is not ready, None when it is."""


def serve(host: str, port: int, registry: CollectorRegistry, unready: Unready) -> ThreadingHTTPServer:
    """Answer `/metrics`, `/healthz` and `/readyz` on a thread of its own.

    Raises:
        Refused: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = _answer(self.path, registry, unready)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Probes come every second: nothing to log."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as err:
        raise Refused(f"Port {port} on {host} is not free ({err.strerror}): set UMBRA_METRICS_PORT.") from err
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _answer(path: str, registry: CollectorRegistry, unready: Unready) -> tuple[int, str, bytes]:
    text = "text/plain; charset=utf-8"
    match path.partition("?")[0]:
        case "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest(registry)
        case "/healthz":
            return 200, text, b"alive\n"
        case "/readyz":
            reason = unready()
            return (503, text, f"{reason}\n".encode()) if reason else (200, text, b"ready\n")
        case _:
            return 404, text, b"There are /metrics, /healthz and /readyz.\n"
