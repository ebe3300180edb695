import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from umbra.client.errors import (
    ApiUnavailable,
    ConflictAtApi,
    NotAllowed,
    RefusedByApi,
    UmbraApiError,
    Unreachable,
)
from umbra.client.transport import Transport, path
from umbra.contracts.http.worker import Workers
from umbra.core.errors import Refused


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("model-versions", "a@1"), "/v1/model-versions/a@1"),
        (("images", "a/b"), "/v1/images/a%2Fb"),
        (("images", "a%2Fb"), "/v1/images/a%252Fb"),
        (("images", ".."), "/v1/images/%2E%2E"),
        (("images", "a b?c#d"), "/v1/images/a%20b%3Fc%23d"),
        (("images", "🦉", "content"), "/v1/images/%F0%9F%A6%89/content"),
    ],
)
def test_every_part_of_a_path_is_one_part(parts: tuple[str, ...], expected: str) -> None:
    assert path(*parts) == expected


@contextmanager
def answering(status: int, body: bytes) -> Iterator[Transport]:
    """A client of a server that always answers the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        transport = Transport(f"http://127.0.0.1:{server.server_port}", "The API")
        yield transport
        transport.close()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "slug", "error"),
    [
        (401, "unauthorized", NotAllowed),
        (403, "forbidden", NotAllowed),
        (404, "not-found", RefusedByApi),
        (422, "invalid-request", RefusedByApi),
        (409, "revision-in-progress", ConflictAtApi),
        (412, "stale-etag", ConflictAtApi),
        (503, "postgres-unavailable", ApiUnavailable),
        (500, "internal", UmbraApiError),
    ],
)
def test_a_problem_is_an_error_with_its_fields(status: int, slug: str, error: type[UmbraApiError]) -> None:
    problem = {
        "type": f"urn:umbra:{slug}",
        "title": "T",
        "status": status,
        "detail": "What.",
        "remedy": "Do.",
        "request_id": "r1",
    }
    with answering(status, json.dumps(problem).encode()) as transport, pytest.raises(error) as raised:
        transport.json(Workers, "GET", path("workers"))

    assert (raised.value.slug, raised.value.status, raised.value.request_id) == (slug, status, "r1")
    assert str(raised.value) == "What. Do."


def test_an_answer_of_somebody_else_says_so() -> None:
    with (
        answering(502, b"<html>Bad gateway</html>") as transport,
        pytest.raises(UmbraApiError, match="answered 502: <html>Bad"),
    ):
        transport.bytes("GET", "/v1/workers")


@pytest.mark.parametrize("to", ["http://127.0.0.1:9/", "https://localhost/", "/v1/elsewhere"])
def test_a_token_goes_to_the_address_it_is_for_and_nowhere_else(to: str) -> None:
    came: list[str | None] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.headers.get("Authorization"))
            self.send_response(307)
            self.send_header("Location", to)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        with (
            closing(Transport(url, "The API", "umbra_x")) as transport,
            pytest.raises(UmbraApiError, match=rf"answered 307: .*go to {to}") as moved,
        ):
            transport.bytes("GET", "/v1/workers")
        server.shutdown()
        thread.join()

    assert came == ["Bearer umbra_x"], "once, and not followed"
    assert "umbra_x" not in str(moved.value)


def test_what_can_be_no_token_is_not_sent() -> None:
    with pytest.raises(Refused, match="UMBRA_TOKEN"):
        Transport("http://127.0.0.1:9", "The API", "a b")


def test_nobody_there_says_where_and_what_to_do() -> None:
    transport = Transport("http://127.0.0.1:9", "Ingest")

    with pytest.raises(Unreachable, match=r"127.0.0.1:9.*`umbra up`.*UMBRA_INGEST_URL"):
        transport.bytes("GET", "/")
    transport.close()


def test_importing_umbra_imports_nothing_heavy() -> None:
    program = "import sys, umbra; print([m for m in ('httpx', 'pydantic', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
