"""The whole API in this process: real PostgreSQL, real Kafka, its relay, a store in a directory."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from services.api.adapters import Adapters
from services.api.app import make_app
from services.api.checker import Checker
from services.api.checks import Checks
from services.api.content import ContentReader
from services.api.evaluation.process import EvaluationProcess
from services.api.events.board import Board
from services.api.events.watch import Watch
from services.api.settings import ApiSettings
from services.http.server import Server, listening
from services.http.tokens import tokens_of
from services.model_checker.server import serve
from tests.integration.control_plane import ControlPlane, until
from umbra.control.relay import Relay
from umbra.postgres.connection import pool
from umbra.settings import CheckerSettings, KafkaSettings, PostgresSettings
from umbra.store import ClaimChecks, Store

CHAMPION = Path("examples/digits/scenes/det_champion.onnx")
SHADOW = Path("examples/digits/scenes/det_shadow.onnx")


class Api:
    """The application, and the topics and tables round it."""

    def __init__(self, http: httpx.Client, plane: ControlPlane, app: FastAPI) -> None:
        self.http = http
        self.plane = plane
        self.app = app

    def json(self, method: str, path: str, status: int, **given: Any) -> Any:
        """The JSON of an answer that must have this status."""
        answer = self.http.request(method, path, **given)
        assert answer.status_code == status, answer.text
        return answer.json()

    def add_model(self, path: Path, name: str) -> str:
        """Upload a model file; its id."""
        uploaded = self.http.post(
            "/v1/model-versions", files={"file": (path.name, path.read_bytes())}, data={"name": name}
        )
        assert uploaded.status_code in (200, 201), uploaded.text
        return str(uploaded.json()["id"])

    def create_digits(self, **shadows: str) -> Any:
        """The deployment `digits` with digits-small@1 as champion, in force."""
        self.add_model(CHAMPION, "digits-small")
        self.add_model(SHADOW, "digits-large")
        body = {"id": "digits", "champion": "digits-small@1", "shadows": shadows}
        return self.json("POST", "/v1/deployments", 201, json=body)

    def active(self, revision: int) -> Any:
        """The revision of `digits` once it is in force."""
        entry = self.active_or_failed(revision)
        assert entry["state"] == "active", entry
        return entry

    def active_or_failed(self, revision: int) -> Any:
        """The revision of `digits` once it is settled."""
        path = f"/v1/deployments/digits/revisions/{revision}"

        def probe() -> Any:
            entry = self.json("GET", path, 200)
            return entry if entry["state"] != "staged" else None

        return until(probe)


@contextmanager
def served(app: FastAPI, on_stop: Callable[[], None] = lambda: None) -> Iterator[str]:
    """The application on a port of its own; its URL."""
    server = Server(uvicorn.Config(app, log_config=None, access_log=False), on_stop)
    with listening("127.0.0.1", 0, "nothing") as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(15)


@contextmanager
def running_checker(**settings: Any) -> Iterator[str]:
    """The model checker on a port of its own; its URL. It costs nothing until it is asked."""
    server = serve(CheckerSettings(checker_port=0, **settings))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with server:
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(15)


@contextmanager
def running_api(
    kafka: KafkaSettings,
    postgres: PostgresSettings,
    store: Path,
    *,
    relay: bool = True,
    kafka_is_up: bool = True,
    tokens_file: Path | None = None,
    checker_url: str | None = None,
    event_streams: int = 500,
) -> Iterator[Api]:
    """The API; without its relay or Kafka, or with tokens, when that is what the test is about."""
    with ExitStack() as stack:
        plane = stack.enter_context(ControlPlane(kafka, postgres))
        if kafka_is_up:
            plane.make_topics()
        settings = ApiSettings(
            **plane.settings.model_dump(exclude={"postgres_dsn"}),
            postgres_dsn=postgres.postgres_dsn,
            store_url=f"file://{store}",
            checker_url=checker_url or stack.enter_context(running_checker()),
            tokens_file=None if tokens_file is None else str(tokens_file),
        )
        led = Relay(settings)
        if relay:
            stack.enter_context(led)
            until(lambda: led.leading or led.trouble or not kafka_is_up)
        connections = stack.enter_context(pool(settings))
        contents = ContentReader(settings, ClaimChecks(settings), settings.max_image_bytes)
        # Nobody settles anything without them, and 10 s are long.
        wait_s = 10.0 if relay and kafka_is_up else 0.2
        evaluations = stack.enter_context(EvaluationProcess(settings))
        checker = Checker(settings.checker_url)
        board = Board(event_streams)
        adapters = Adapters(
            settings, connections, led, Store(settings), contents, evaluations, checker, board, wait_s
        )
        stack.enter_context(Checks(adapters))
        stack.enter_context(Watch(settings, board))
        app = make_app(adapters, tokens_of(settings))
        url = stack.enter_context(served(app, board.end))
        yield Api(stack.enter_context(httpx.Client(base_url=url, timeout=30)), plane, app)
