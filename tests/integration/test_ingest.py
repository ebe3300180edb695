"""Ingest as a process of its own, against a real Kafka."""

import hashlib
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest

from tests.images import make_bmp, make_png
from umbra.contracts.headers import first_values
from umbra.contracts.topics import Retention
from umbra.kafka.admin import Admin
from umbra.kafka.read import read_record, read_topic
from umbra.kafka.record import Record, landing_of
from umbra.local.console import Console
from umbra.local.jars import ensure_jars
from umbra.local.kafka import Kafka, find_java
from umbra.local.ports import Ports
from umbra.local.readiness import wait_until
from umbra.local.supervisor import Supervisor
from umbra.settings import KafkaSettings, StoreSettings
from umbra.store import ClaimChecks

PARTITIONS = 3
URL = "/v1/deployments/digits/images"


class Ingest(NamedTuple):
    """A running ingest."""

    kafka: KafkaSettings
    store: StoreSettings
    http: httpx.Client
    port: int

    def record(self, landed: dict[str, Any]) -> Record:
        found = read_record(self.kafka, self.kafka.topics.images, landed["partition"], landed["offset"])
        assert found is not None
        return found

    def content(self, record: Record) -> bytes:
        """The image a record holds or refers to."""
        values = first_values(record.headers)
        if "uri" not in values:
            return record.value or b""
        return ClaimChecks(self.store).fetch(values["uri"].decode(), values["sha256"].decode(), 10**8)

    def records(self) -> int:
        return len(list(read_topic(self.kafka, self.kafka.topics.images)))


@contextmanager
def running(kafka: KafkaSettings, directory: Path, **variables: str) -> Iterator[Ingest]:
    """Ingest as a process; it must end with 0 when asked to stop."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    store = StoreSettings(store_url=f"file://{directory}/store")
    environ = {
        **os.environ,
        "UMBRA_KAFKA_BOOTSTRAP": kafka.kafka_bootstrap,
        "UMBRA_TOPIC_PREFIX": kafka.topic_prefix,
        "UMBRA_STORE_URL": store.store_url,
        "UMBRA_INGEST_PORT": str(port),
        **variables,
    }
    process = subprocess.Popen([sys.executable, "-m", "services.ingest"], env=environ)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as http:
            until_answered(http)
            yield Ingest(kafka, store, http, port)
    finally:
        process.terminate()
        assert process.wait(20) == 0


def until_answered(http: httpx.Client) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            http.get("/healthz").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("Ingest does not answer.")


def make_topics(settings: KafkaSettings) -> None:
    topics = settings.topics.all(PARTITIONS, (), Retention())
    Admin(settings).ensure(topic for topic in topics if topic.name == settings.topics.images)


@pytest.fixture(scope="module")
def ingest(kafka_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    settings = KafkaSettings(kafka_bootstrap=kafka_server, topic_prefix=f"i{uuid.uuid4().hex[:8]}.")
    make_topics(settings)
    with running(settings, tmp_path_factory.mktemp("ingest")) as ingest:
        yield ingest


def problem(response: httpx.Response) -> tuple[int, str]:
    """The status and slug of a problem, whose form is checked."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["type"].removeprefix("urn:umbra:")


@pytest.mark.parametrize("size", [1_000, 1_900_000, 2_000_000, 2_000_001, 2_100_000, 20_000_000, 50_000_000])
def test_an_image_arrives_intact(ingest: Ingest, size: int) -> None:
    image = make_bmp(size)

    response = ingest.http.post(URL, content=image, headers={"X-Image-Id": f"image-{size}"})

    assert response.status_code == 202, response.text
    record = ingest.record(response.json())
    values = first_values(record.headers)
    assert record.key == f"image-{size}".encode()
    assert values["deployment"] == b"digits"
    assert values["content-type"] == b"image/bmp"
    assert ("uri" in values) == (size > 2_000_000)
    assert ingest.content(record) == image
    if size > 2_000_000:
        assert record.value == b""
        assert values["sha256"].decode() == hashlib.sha256(image).hexdigest()


def test_a_chunked_body_is_taken(ingest: Ingest) -> None:
    image = make_bmp(3_000_000)

    response = ingest.http.post(URL, content=(image[at : at + 9999] for at in range(0, len(image), 9999)))

    assert response.status_code == 202
    assert ingest.content(ingest.record(response.json())) == image


def test_what_the_sender_says_goes_along(ingest: Ingest) -> None:
    headers = {
        "X-Image-Id": quote("cam/1 %2F 😀", safe=""),
        "X-Captured-At": "2026-11-22T19:00:00+01:00",
        "X-Source": quote("camera ß"),
        "X-Tags": '["night","\\u00df"]',
        "X-Metadata": '{"line": 3}',
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }

    landed = ingest.http.post(URL, content=make_bmp(1000), headers=headers).json()

    record = ingest.record(landed)
    landing = landing_of(record)
    assert landed["image_id"] == landing.image_id == "cam/1 %2F 😀"
    assert landing.fault is None
    assert landing.captured_at is not None
    assert landing.captured_at == datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert (landing.source, landing.tags, landing.metadata) == ("camera ß", ["night", "ß"], {"line": 3})
    assert landing.traceparent == headers["traceparent"]


def test_an_id_may_come_as_it_is(ingest: Ingest) -> None:
    response = ingest.http.post(URL, content=make_bmp(1000), headers={b"X-Image-Id": "Käfer 🪲/%".encode()})

    assert response.json()["image_id"] == "Käfer 🪲/%"


def test_without_an_id_the_place_is_the_id(ingest: Ingest) -> None:
    landed = ingest.http.post(URL, content=make_bmp(1000)).json()

    assert landed["image_id"] == f"{landed['partition']}-{landed['offset']}"
    assert ingest.record(landed).key is None


def test_the_same_id_stays_in_one_partition(ingest: Ingest) -> None:
    places = [
        ingest.http.post(URL, content=make_bmp(1000), headers={"X-Image-Id": "same"}).json() for _ in range(5)
    ]

    assert len({landed["partition"] for landed in places}) == 1
    assert len({landed["offset"] for landed in places}) == 5


HEADERS_REFUSED = [
    {"X-Image-Id": ""},
    {"X-Image-Id": "x" * 201},
    {"X-Image-Id": "%00"},
    {"X-Image-Id": "%ff"},
    {"X-Captured-At": "yesterday"},
    {"X-Captured-At": "2026-11-22T19:00:00"},
    {"X-Tags": "night"},
    {"X-Tags": "[1]"},
    {"X-Metadata": "[]"},
    {"X-Metadata": '{"a":"\\u0000"}'},
]


@pytest.mark.parametrize("headers", HEADERS_REFUSED)
def test_an_unfit_header_is_refused(ingest: Ingest, headers: dict[str, str]) -> None:
    response = ingest.http.post(URL, content=make_bmp(1000), headers=headers)

    assert problem(response) == (422, "invalid-request")


@pytest.mark.parametrize(
    ("body", "status", "slug", "says"),
    [
        (b"", 422, "image-unreadable", "empty"),
        (b"hello, this is text", 422, "image-unreadable", "hello"),
        (b"GIF89a" + bytes(100), 422, "image-unreadable", "GIF"),
        (b"%PDF-1.7 ...", 422, "image-unreadable", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "image-unreadable", "SVG"),
        (make_png(1, 1)[:20], 422, "image-unreadable", "PNG"),
        (make_png(30_000, 30_000), 413, "image-too-large", "30000 x 30000"),
    ],
)
def test_what_is_no_image_is_refused(ingest: Ingest, body: bytes, status: int, slug: str, says: str) -> None:
    before = ingest.records()

    response = ingest.http.post(URL, content=body)

    assert problem(response) == (status, slug)
    assert says in response.json()["detail"]
    assert response.json()["remedy"]
    assert ingest.records() == before


@pytest.mark.parametrize("chunked", [False, True])
def test_an_image_above_the_limit_is_refused(ingest: Ingest, chunked: bool) -> None:
    image = make_bmp(64_000_001)

    response = ingest.http.post(URL, content=iter([image]) if chunked else image)

    assert problem(response) == (413, "image-too-large")
    assert "64,000,000" in response.json()["detail"]


@pytest.mark.parametrize("deployment", ["Digits", "a%2Fb", "%00", "%ff", "-x", "a" * 64, "%F0%9F%98%80"])
def test_an_unfit_deployment_is_refused(ingest: Ingest, deployment: str) -> None:
    response = ingest.http.post(f"/v1/deployments/{deployment}/images", content=make_bmp(1000))

    assert problem(response) == (422, "invalid-request")


def test_several_images_land_together(ingest: Ingest) -> None:
    images = [make_bmp(size, seed=size) for size in (1_000, 2_100_000, 500_000)]
    files = [("images", (f"cam/{len(image)}.bmp", image)) for image in images]

    response = ingest.http.post(URL, files=files)

    assert response.status_code == 202
    landed = response.json()["images"]
    assert [entry["image_id"] for entry in landed] == ["1000.bmp", "2100000.bmp", "500000.bmp"]
    assert [ingest.content(ingest.record(entry)) for entry in landed] == images


def test_of_two_parts_the_good_one_lands(ingest: Ingest) -> None:
    files = [("images", ("good.bmp", make_bmp(1000))), ("images", ("bad.txt", b"no image"))]
    before = ingest.records()

    response = ingest.http.post(URL, files=files)

    good, bad = response.json()["images"]
    assert response.status_code == 207
    assert (good["status"], good["image_id"]) == (202, "good.bmp")
    assert (bad["status"], bad["filename"]) == (422, "bad.txt")
    assert bad["problem"]["type"] == "urn:umbra:image-unreadable"
    assert ingest.records() == before + 1


def test_when_no_part_lands_the_answer_is_a_problem(ingest: Ingest) -> None:
    response = ingest.http.post(URL, files=[("images", ("bad.txt", b"no image"))])

    assert problem(response) == (422, "image-unreadable")
    assert len(response.json()["images"]) == 1


def multipart(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    return b"".join(f"--{boundary}\r\n{headers}\r\n\r\n".encode() + body + b"\r\n" for headers, body in parts)


def test_a_part_may_choose_its_id(ingest: Ingest) -> None:
    disposition = 'Content-Disposition: form-data; name="images"; filename="a.bmp"'
    body = multipart(
        "x",
        (f"{disposition}\r\nX-Image-Id: cam%2F1", make_bmp(1000)),
        ('Content-Disposition: form-data; name="images"', make_bmp(1000)),
    )

    response = ingest.http.post(
        URL, content=body + b"--x--\r\n", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    first, second = response.json()["images"]
    assert first["image_id"] == "cam/1"
    assert second["image_id"] == f"{second['partition']}-{second['offset']}"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b"nothing like it"),
        ("multipart/form-data; boundary=x", multipart("x", ("A: b", make_bmp(1000)))),
        ("multipart/form-data; boundary=x", multipart("x", *[("A: b", b"")] * 1001) + b"--x--"),
    ],
)
def test_a_multipart_body_that_is_none_is_refused(ingest: Ingest, content_type: str, body: bytes) -> None:
    before = ingest.records()

    response = ingest.http.post(URL, content=body, headers={"Content-Type": content_type})

    assert problem(response) == (422, "invalid-request")
    assert ingest.records() == before


@pytest.mark.parametrize("headers", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_an_upload_that_is_cut_off_leaves_nothing(ingest: Ingest, headers: str) -> None:
    before = ingest.records()
    piece = make_bmp(1000)[:500]
    body = b"1f4\r\n" + piece if "chunked" in headers else piece

    with socket.create_connection(("127.0.0.1", ingest.port)) as connection:
        request = f"POST {URL} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode()
        connection.sendall(request + body)

    assert ingest.http.post(URL, content=make_bmp(1000)).status_code == 202
    assert ingest.records() == before + 1


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/v2/nothing", 404, "not-found"),
        ("GET", URL, 405, "method-not-allowed"),
        ("POST", "/healthz", 405, "method-not-allowed"),
    ],
)
def test_what_is_not_there_is_a_problem(
    ingest: Ingest, method: str, path: str, status: int, slug: str
) -> None:
    assert problem(ingest.http.request(method, path)) == (status, slug)


def test_those_who_watch_are_answered(ingest: Ingest) -> None:
    assert ingest.http.get("/healthz").json() == {"status": "ok"}
    assert ingest.http.get("/readyz").json() == {"ready": True, "waiting_for": {}}
    assert "umbra_ingest_images_total" in ingest.http.get("/metrics", headers={"Host": "ingest:8081"}).text
    assert ingest.http.get("/docs").status_code == 200
    assert URL.replace("digits", "{deployment}") in ingest.http.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize(
    ("headers", "status", "slug"),
    [
        ({"Host": "evil.example"}, 403, "forbidden"),
        ({"Host": ""}, 403, "forbidden"),
        ({"Origin": "https://evil.example"}, 403, "forbidden"),
        ({"Origin": "null"}, 403, "forbidden"),
        ({"Origin": "http://localhost:1"}, 403, "forbidden"),
        ({"Content-Type": "text/plain"}, 415, "invalid-request"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "invalid-request"),
    ],
)
def test_a_web_page_of_another_origin_gets_nothing(
    ingest: Ingest, headers: dict[str, str], status: int, slug: str
) -> None:
    assert problem(ingest.http.post(URL, content=make_bmp(1000), headers=headers)) == (status, slug)


def test_a_page_of_its_own_is_answered(ingest: Ingest) -> None:
    own = {"Origin": f"http://localhost:{ingest.port}", "Host": f"localhost:{ingest.port}"}

    assert ingest.http.post(URL, content=make_bmp(1000), headers=own).status_code == 202


def test_many_uploads_at_once_all_land(ingest: Ingest) -> None:
    image = make_bmp(1_000_000)
    before = ingest.records()

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: ingest.http.post(URL, content=image).status_code, range(64)))

    assert statuses == [202] * 64
    assert ingest.records() == before + 64


def test_what_does_not_fit_the_buffer_is_refused(kafka: KafkaSettings, tmp_path: Path) -> None:
    make_topics(kafka)
    with running(kafka, tmp_path, UMBRA_UPLOAD_BUFFER_BYTES="3000000") as ingest:
        parts = [("images", (f"{n}.bmp", make_bmp(1_000_000, n))) for n in range(4)]
        assert problem(ingest.http.post(URL, files=parts)) == (413, "image-too-large")

        with ThreadPoolExecutor(16) as pool:
            send = lambda n: ingest.http.post(URL, content=make_bmp(2_000_000, n))  # noqa: E731
            assert [answer.status_code for answer in pool.map(send, range(16))] == [202] * 16


def test_a_full_disk_is_said_so(kafka: KafkaSettings, tmp_path: Path) -> None:
    make_topics(kafka)
    full = {"UMBRA_DISK_PATHS": f"{tmp_path}/kafka", "UMBRA_MIN_FREE_BYTES": str(10**18)}
    with running(kafka, tmp_path, **full) as ingest:
        response = ingest.http.post(URL, content=make_bmp(1000))

        assert problem(response) == (507, "storage-full")
        assert f"{tmp_path}/kafka" in response.json()["detail"]
        assert "disk" in ingest.http.get("/readyz").json()["waiting_for"]
        assert ingest.records() == 0


def test_a_store_that_is_away_stops_large_images_only(kafka: KafkaSettings, tmp_path: Path) -> None:
    make_topics(kafka)
    with running(kafka, tmp_path) as ingest:
        (tmp_path / "store").rename(tmp_path / "unmounted")
        response = ingest.http.post(URL, content=make_bmp(2_100_000))
        assert problem(response) == (503, "store-unavailable")
        assert response.headers["retry-after"]
        assert ingest.http.post(URL, content=make_bmp(1_000)).status_code == 202
        assert ingest.http.get("/readyz").status_code == 503

        (tmp_path / "unmounted").rename(tmp_path / "store")
        assert ingest.http.post(URL, content=make_bmp(2_100_000)).status_code == 202
        assert ingest.http.get("/readyz").status_code == 200


def test_without_the_topic_it_says_so(kafka: KafkaSettings, tmp_path: Path) -> None:
    with running(kafka, tmp_path) as ingest:
        assert "umbra topics" in ingest.http.get("/readyz").json()["waiting_for"]["kafka"]
        assert problem(ingest.http.post(URL, content=make_bmp(1000))) == (503, "kafka-unavailable")


def refused_start(**variables: str) -> str:
    """What ingest says when it does not even start."""
    ended = subprocess.run(
        [sys.executable, "-m", "services.ingest"],
        env={**os.environ, **variables},
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_misspelt_variable_is_refused() -> None:
    assert "UMBRA_INGEST_PORT?" in refused_start(UMBRA_INGEST_PORTS="1")


def test_a_port_in_use_is_said_so(ingest: Ingest) -> None:
    said = refused_start(UMBRA_INGEST_PORT=str(ingest.port), UMBRA_STORE_URL=ingest.store.store_url)

    assert f"{ingest.port}: another process has it" in said


@contextmanager
def broker(kafka: Kafka, log: Path) -> Iterator[None]:
    with log.open("a") as file, Supervisor(Console(file)) as supervisor:
        supervisor.start(kafka.process())
        wait_until({"kafka": kafka.is_ready}, 60)
        yield


def until_landed(ingest: Ingest) -> None:
    deadline = time.monotonic() + 90
    while (response := ingest.http.post(URL, content=make_bmp(1000))).status_code != 202:
        assert problem(response) == (503, "kafka-unavailable")
        assert time.monotonic() < deadline, response.text


def test_kafka_may_be_away_at_the_start_and_later(tmp_path: Path) -> None:
    ports = Ports()
    kafka = Kafka(tmp_path, ports.any(), ports.any(), ensure_jars(), find_java())
    kafka.prepare()
    settings = KafkaSettings(kafka_bootstrap=kafka.address)
    with running(settings, tmp_path) as ingest:
        for landed in (1, 2):
            response = ingest.http.post(URL, content=make_bmp(1000))
            assert problem(response) == (503, "kafka-unavailable")
            assert response.headers["retry-after"] == "2"
            assert "kafka" in ingest.http.get("/readyz").json()["waiting_for"]

            with broker(kafka, tmp_path / "output.log"):
                make_topics(settings)
                until_landed(ingest)
                assert ingest.http.get("/readyz").status_code == 200
                assert ingest.records() == landed
