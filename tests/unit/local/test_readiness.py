import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from umbra.core.errors import TimedOut
from umbra.local.ports import LOOPBACK, Ports
from umbra.local.readiness import accepts, answers, wait_until


class Answers(BaseHTTPRequestHandler):
    """200 to /readyz, 503 to anything else."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer((LOOPBACK, 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()
        thread.join()


def test_only_200_is_ready(url: str) -> None:
    assert answers(f"{url}/readyz")
    assert not answers(f"{url}/else")
    assert not answers(f"http://{LOOPBACK}:{Ports().any()}/readyz")


def test_a_port_that_nobody_listens_on_accepts_nothing(url: str) -> None:
    assert accepts(int(url.rpartition(":")[2]))
    assert not accepts(Ports().any())


def test_a_check_that_held_once_is_not_asked_again() -> None:
    asked = {"a": 0, "b": 0}

    def holds_after(name: str, times: int) -> bool:
        asked[name] += 1
        return asked[name] >= times

    wait_until({"a": lambda: holds_after("a", 1), "b": lambda: holds_after("b", 3)}, timeout_s=5)
    assert asked == {"a": 1, "b": 3}


def test_what_is_not_ready_in_time_is_named() -> None:
    with pytest.raises(TimedOut, match=r"Not ready after 0 s: api, monitor\."):
        wait_until({"api": lambda: False, "kafka": lambda: True, "monitor": lambda: False}, timeout_s=0)
