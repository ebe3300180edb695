"""What changes reaches every open page: over restarts of PostgreSQL, slow readers, and the API's own end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import umbra
from services.api.events.news import News
from tests.integration.api import Api, running_api
from tests.integration.control_plane import assignment, until
from tests.integration.test_api_figures import landed, record
from tests.integration.test_api_outages import postgres_running
from umbra.client import UmbraApiError
from umbra.contracts.http.event import Event
from umbra.core.change import AssignShadow, Create
from umbra.core.errors import Retryable
from umbra.local.ports import Ports
from umbra.local.postgres import Postgres
from umbra.postgres import revisions
from umbra.settings import KafkaSettings, PostgresSettings

EVENTS = "/v1/deployments/digits/events"


class Listener(threading.Thread):
    """Somebody with the page open.

    Attributes:
        ended_at: when the stream ended; None while it is open.
        lost: why it did not end as streams do.
    """

    def __init__(self, events: Iterator[Event]) -> None:
        super().__init__(daemon=True)
        self.heard: list[Event] = []
        self.ended_at: float | None = None
        self.lost: Exception | None = None
        self._events = events

    def run(self) -> None:
        try:
            for event in self._events:
                self.heard.append(event)
        except Retryable as err:
            self.lost = err
        self.ended_at = time.monotonic()

    def wait_for(self, kind: str, **data: Any) -> Event:
        """The first event of a kind that says so."""

        def probe() -> Event | None:
            told = (event for event in list(self.heard) if event.event == kind)
            return next((event for event in told if event.data.items() >= data.items()), None)

        return until(probe, 30)


@pytest.fixture
def api(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    with running_api(kafka, postgres, tmp_path, relay=False, event_streams=3) as api:
        create(api)
        yield api


def create(api: Api) -> None:
    """`digits`, in force."""
    change = Create(assignment("digits-small@1"), {"shadow": assignment("digits-large@1")})
    revisions.settle(api.plane.db, api.plane.ask(change).activate("topic", {0: 0}))


@contextmanager
def listening(api: Api, after: str | None = None, *, to_all: bool = False) -> Iterator[Listener]:
    with umbra.Client(str(api.http.base_url)) as client:
        of: Callable[[str | None], Iterator[Event]] = (
            client.events if to_all else client.deployment("digits").events
        )
        listener = Listener(of(after))
        listener.start()
        yield listener


def board_of(api: Api) -> Any:
    return api.app.state.adapters.board


def test_a_promotion_is_heard_step_by_step(
    kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path
) -> None:
    with running_api(kafka, postgres, tmp_path) as api:
        api.create_digits(shadow="digits-large@1")
        with listening(api) as page, listening(api, to_all=True) as everybody:
            for listener in (page, everybody):
                listener.wait_for("revision", deployment="digits", revision=1, state="active")
            api.plane.report("champion", {"digits@2": "loading"})
            page.wait_for("worker", worker=api.plane.topics.worker("champion", "0"), slot="champion")
            api.json("POST", "/v1/deployments/digits/promotions", 202, json={"slot": "shadow"})
            page.wait_for("revision", revision=2, state="staged")
            for slot in ("champion", "shadow"):
                api.plane.report(slot, {"digits@2": "ready"})

            for listener in (page, everybody):
                listener.wait_for("revision", deployment="digits", revision=2, state="active")
            api.plane.leave("champion")
            page.wait_for("worker", slot="champion", state="gone")


def test_images_figures_and_reviews_are_heard(api: Api) -> None:
    with listening(api) as page:
        page.wait_for("revision", revision=1)
        record(api, landed(0), landed(1))
        images = page.wait_for("images", images=2)
        record(api, landed(0, "shadow"))
        until(lambda: len([event for event in page.heard if event.event == "metrics"]) == 2)
        path = "/v1/deployments/digits/images/img0/review"
        api.json("PUT", path, 200, json={"shapes": []})

        assert page.wait_for("review", image_id="img0", review=1).data["at"] == "0-0"
        assert images.data["bucket"].startswith(landed(0).landed_at.isoformat()[:15])
        assert len([event for event in page.heard if event.event == "images"]) == 1


def test_a_page_that_comes_back_hears_what_it_missed_and_nothing_twice(api: Api) -> None:
    with listening(api) as page, listening(api):
        begun = page.wait_for("revision", revision=1)
        record(api, landed(0))
        heard = page.wait_for("images", images=1)
        record(api, landed(1))
        missed = page.wait_for("images", images=2)

        with listening(api, heard.id) as again:
            again.wait_for("images", images=2)
            record(api, landed(2))
            again.wait_for("images", images=3)

    ids = [event.id for event in again.heard]
    assert missed.id in ids
    assert not {begun.id, heard.id} & set(ids)
    assert len(ids) == len(set(ids))


def test_a_stream_outlives_a_restart_of_postgres(kafka: KafkaSettings, tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", Ports().any(), durable=False)
    with ExitStack() as stack:
        with postgres_running(server) as settings:
            api = stack.enter_context(running_api(kafka, settings, tmp_path / "store"))
            api.create_digits()
            page = stack.enter_context(listening(api))
            page.wait_for("revision", revision=1)

        until(lambda: api.http.get("/readyz").status_code == 503)
        with postgres_running(server):
            until(lambda: api.http.get("/readyz").status_code == 200)
            shadow = {"model_version": "digits-large@1"}
            api.json("PUT", "/v1/deployments/digits/shadows/shadow", 202, json=shadow)

            page.wait_for("revision", revision=2, state="active")
            assert page.ended_at is None


def test_a_reader_that_takes_nothing_is_dropped(api: Api) -> None:
    at = urlsplit(str(api.http.base_url))
    board, size = board_of(api), 1_000_000
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((at.hostname, at.port))
        slow.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: len(board.streams) == 1)
        (stream,) = board.streams
        for number in range(40):
            news = News("review", "digits", {"number": number, "x": "x" * size})
            board.loop.call_soon_threadsafe(board.publish, [news], [news])
            time.sleep(0.01)
        until(lambda: stream.has_ended)

        slow.settimeout(30)
        received = bytearray()
        while not received.endswith(b"0\r\n\r\n"):
            received += slow.recv(1_000_000)
        until(lambda: not board.streams)

    assert received.count(b"event: review") < 30
    assert b"x-accel-buffering: no" in received[:1000].lower()


def test_when_the_api_stops_its_streams_end_at_once(
    kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        with running_api(kafka, postgres, tmp_path, relay=False) as api:
            create(api)
            page = stack.enter_context(listening(api))
            page.wait_for("revision", revision=1)
            stopping_at = time.monotonic()
        page.join(10)

    assert page.ended_at is not None
    assert (page.lost, page.ended_at - stopping_at < 2) == (None, True)


def test_there_are_only_so_many_streams_and_a_page_that_closes_makes_room(api: Api) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(api.http.stream("GET", EVENTS))
        with umbra.Client(str(api.http.base_url)) as client, pytest.raises(UmbraApiError) as refused:
            next(client.events())
        assert (refused.value.status, refused.value.slug) == (503, "too-busy")

    def is_let_in() -> bool:
        with api.http.stream("GET", EVENTS) as answer:
            return answer.status_code == 200

    until(is_let_in)


def test_a_stream_says_that_it_lives_and_is_of_a_deployment_that_there_is(api: Api) -> None:
    with api.http.stream("GET", EVENTS) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
        lines = answer.iter_lines()
        assert next(line for line in lines if line == ": still here")

    missing = api.http.get("/v1/deployments/nowhere/events")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:umbra:not-found")


def test_nobody_is_asked_anything_while_nobody_listens(api: Api) -> None:
    first_id(api)
    until(lambda: not board_of(api).streams)
    until(lambda: not watching(api))


def first_id(api: Api) -> str:
    """Of what somebody hears who comes and goes again."""
    with api.http.stream("GET", EVENTS) as answer:
        told = next(line for line in answer.iter_lines() if line.startswith("id: "))
        assert watching(api)
    return told.removeprefix("id: ")


def watching(api: Api) -> bool:
    found = api.plane.db.execute(
        b"SELECT 1 FROM pg_stat_activity WHERE application_name = 'umbra-api-events'"
    )
    return found.fetchone() is not None


def test_a_change_while_nobody_listened_is_told_to_who_comes_back(api: Api) -> None:
    last = first_id(api)
    until(lambda: not board_of(api).streams)
    change = AssignShadow("canary", assignment("digits-large@1"))
    revisions.settle(api.plane.db, api.plane.ask(change).activate("topic", {0: 5}))

    with listening(api, last) as again:
        again.wait_for("revision", revision=2, state="active")
    assert not [event for event in again.heard if event.data.get("revision") == 1]
