"""The checker over HTTP: POST /v1/check with a request (`umbra.checker.request`) gives an answer in JSON."""

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.model_checker.metrics import Metrics
from services.model_checker.settings import Settings
from umbra.checker.check import check
from umbra.checker.limits import Limits
from umbra.checker.request import MOST_QUESTION_BYTES, REQUEST_TYPE, Answer
from umbra.core.errors import Refused

log = logging.getLogger(__name__)

_TEXT: Final = "text/plain; charset=utf-8"
_CHUNK_BYTES: Final = 1 << 20
_SILENT_S: Final = 30.0
"""A sender that says nothing for longer is hung up on."""


class Checker:
    """One check after the other: two at once would share the memory that each may take."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._limits = Limits(
            settings.check_memory_bytes, settings.check_timeout_s, settings.check_operator_domains
        )
        self._metrics = metrics
        self._one = threading.Lock()
        self.most_bytes = settings.max_model_bytes + MOST_QUESTION_BYTES

    def __call__(self, body: BufferedIOBase, size: int) -> Answer:
        """The answer to a request of `size` bytes."""
        with tempfile.TemporaryDirectory(prefix="umbra-check-") as directory:
            request = Path(directory) / "request"
            _save(body, size, request)
            with self._one:
                started = time.perf_counter()
                answer = check(request, self._limits)
        refusals = answer.report.refusals
        outcome = refusals[0].code if refusals else "ready"
        self._metrics.checks.labels(outcome).inc()
        self._metrics.seconds.observe(time.perf_counter() - started)
        log.info("A model was checked.", extra={"bytes": size, "outcome": outcome})
        return answer


def serve(settings: Settings) -> ThreadingHTTPServer:
    """A server that listens; `serve_forever` answers.

    Raises:
        Refused: the port is taken.
    """
    metrics = Metrics()
    handler = _handler(Checker(settings, metrics), metrics)
    host, port = settings.checker_host, settings.checker_port
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except OSError as err:
        raise Refused(f"Port {port} on {host} is not free ({err.strerror}): set UMBRA_CHECKER_PORT.") from err
    server.daemon_threads = True
    return server


def _save(body: BufferedIOBase, size: int, path: Path) -> None:
    with path.open("wb") as file:
        while size > 0:
            chunk = body.read(min(size, _CHUNK_BYTES))
            if not chunk:
                raise ConnectionError("The sender hung up.")
            file.write(chunk)
            size -= len(chunk)


def _handler(checker: Checker, metrics: Metrics) -> type[BaseHTTPRequestHandler]:
    answers: dict[str, Callable[[], tuple[str, bytes]]] = {
        "/metrics": lambda: (CONTENT_TYPE_LATEST, generate_latest(metrics.registry)),
        "/healthz": lambda: (_TEXT, b"alive\n"),
        "/readyz": lambda: (_TEXT, b"ready\n"),
    }

    class Handler(BaseHTTPRequestHandler):
        timeout = _SILENT_S

        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0])
            if answer is None:
                self._say(404, _TEXT, b"There are /v1/check, /metrics, /healthz and /readyz.\n")
            else:
                self._say(200, *answer())

        def do_POST(self) -> None:
            if (refusal := self._refusal()) is not None:
                self.close_connection = True
                self._say(*refusal)
                return
            try:
                answer = checker(self.rfile, int(self.headers["Content-Length"]))
            except (ConnectionError, TimeoutError):
                self.close_connection = True
                return
            self._say(200, "application/json", msgspec.json.encode(answer))

        def _refusal(self) -> tuple[int, str, bytes] | None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/v1/check":
                return 404, _TEXT, b"POST to /v1/check.\n"
            # Of this type no page of a browser may send without being asked for its right to.
            if self.headers.get("Content-Type") != REQUEST_TYPE:
                return 415, _TEXT, f"Send {REQUEST_TYPE}.\n".encode()
            if not length.isdecimal():
                return 411, _TEXT, b"Say the Content-Length.\n"
            if int(length) > checker.most_bytes:
                return 413, _TEXT, b"Larger than UMBRA_MAX_MODEL_BYTES of the checker.\n"
            return None

        def _say(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Probes come every second: nothing to log."""

    return Handler
