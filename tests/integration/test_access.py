"""Who may do what, over the real API and ingest: every route for every role, and nobody else."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

import umbra
from services.http.gates import Gate, gates
from services.http.tokens import tokens_of
from services.ingest import app as ingest_app
from services.ingest.settings import IngestSettings
from tests.images import make_bmp
from tests.integration.api import CHAMPION, Api, running_api, served
from tests.integration.test_ingest import running
from umbra import cli, tokens_file
from umbra.cli.exit_codes import ExitCode
from umbra.client import NotAllowed
from umbra.contracts.manifest import spec_from
from umbra.contracts.topics import Retention
from umbra.contracts.worker_status import LoadState
from umbra.core.errors import Refused, Retryable
from umbra.core.role import Role
from umbra.core.tokens import Holder
from umbra.ingest.gateway import Gateway
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.onnx.limits import Limits
from umbra.postgres import model_versions
from umbra.settings import KafkaSettings, PostgresSettings, StoreSettings
from umbra.store import Store
from umbra.worker.artifacts import Artifacts

IMAGES = "/v1/deployments/digits/images"

API_ROUTES = {
    "GET /": "open",
    "GET /assets/{name}": "open",
    "GET /deployments/{rest:path}": "open",
    "GET /docs": "open",
    "GET /docs/oauth2-redirect": "open",
    "GET /healthz": "open",
    "GET /icon.svg": "open",
    "GET /metrics": "open",
    "GET /models": "open",
    "GET /models/{rest:path}": "open",
    "GET /openapi.json": "open",
    "GET /readyz": "open",
    "GET /redoc": "open",
    "GET /theme.js": "open",
    "GET /v1/deployments": "viewer",
    "GET /v1/deployments/{deployment}": "viewer",
    "GET /v1/deployments/{deployment}/comparisons": "viewer",
    "GET /v1/deployments/{deployment}/evaluation": "viewer",
    "GET /v1/deployments/{deployment}/events": "viewer",
    "GET /v1/deployments/{deployment}/images": "viewer",
    "GET /v1/deployments/{deployment}/images/{image_id}": "viewer",
    "GET /v1/deployments/{deployment}/images/{image_id}/content": "viewer",
    "GET /v1/deployments/{deployment}/images/{image_id}/review": "viewer",
    "GET /v1/deployments/{deployment}/images/{image_id}/reviews": "viewer",
    "GET /v1/deployments/{deployment}/metrics": "viewer",
    "GET /v1/deployments/{deployment}/replays": "viewer",
    "GET /v1/deployments/{deployment}/replays/{replay}": "viewer",
    "GET /v1/deployments/{deployment}/reviews": "viewer",
    "GET /v1/deployments/{deployment}/reviews/progress": "viewer",
    "GET /v1/deployments/{deployment}/reviews/queue": "viewer",
    "GET /v1/deployments/{deployment}/revisions": "viewer",
    "GET /v1/deployments/{deployment}/revisions/{revision}": "viewer",
    "GET /v1/events": "viewer",
    "GET /v1/model-versions": "viewer",
    "GET /v1/model-versions/{model_version}": "viewer",
    "GET /v1/model-versions/{model_version}/artifact": "viewer",
    "GET /v1/workers": "viewer",
    "POST /v1/deployments": "operator",
    "POST /v1/deployments/{deployment}/promotions": "operator",
    "POST /v1/deployments/{deployment}/replays": "operator",
    "POST /v1/deployments/{deployment}/reviews": "reviewer",
    "POST /v1/deployments/{deployment}/rollbacks": "operator",
    "POST /v1/model-versions": "operator",
    "PUT /v1/deployments/{deployment}/images/{image_id}/review": "reviewer",
    "PUT /v1/deployments/{deployment}/reviews/goal": "reviewer",
    "PUT /v1/deployments/{deployment}/shadows/{slot}": "operator",
    "PUT /v1/deployments/{deployment}/shadows/{slot}/paused": "operator",
    "DELETE /v1/deployments/{deployment}": "operator",
    "DELETE /v1/deployments/{deployment}/images/{image_id}/review": "reviewer",
    "DELETE /v1/deployments/{deployment}/replays/{replay}": "operator",
    "DELETE /v1/deployments/{deployment}/shadows/{slot}": "operator",
}
INGEST_ROUTES = {
    "GET /docs": "open",
    "GET /docs/oauth2-redirect": "open",
    "GET /healthz": "open",
    "GET /metrics": "open",
    "GET /openapi.json": "open",
    "GET /readyz": "open",
    "GET /redoc": "open",
    "POST /v1/deployments/{deployment}/images": "producer",
}
OPENED_BY = {
    "open": {"viewer", "reviewer", "operator", "producer", "unknown", "none"},
    "viewer": {"viewer", "reviewer", "operator"},
    "reviewer": {"reviewer", "operator"},
    "operator": {"operator"},
    "producer": {"producer", "operator"},
}
ASKING = ("viewer", "reviewer", "operator", "producer", "unknown", "none")


class Service(NamedTuple):
    """A running service that asks for tokens."""

    app: FastAPI
    http: httpx.Client


class Access:
    """A tokens file with one token of each role."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tokens = {role.value: tokens_file.create(path, Holder(f"a-{role}", role)) for role in Role}
        self.tokens["unknown"] = "umbra_nobody"

    def header(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(tmp_path / "tokens")


@pytest.fixture
def quiet(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path, access: Access) -> Iterator[Api]:
    """The API while no relay leads: what is staged stays staged."""
    with running_api(kafka, postgres, tmp_path, relay=False, tokens_file=access.path) as api:
        yield api


@pytest.fixture
def ingest(kafka: KafkaSettings, tmp_path: Path, access: Access) -> Iterator[Service]:
    Admin(kafka).ensure(kafka.topics.all(kafka.partitions, (), Retention()))
    with running_ingest(kafka, tmp_path, access) as service:
        yield service


@contextmanager
def running_ingest(kafka: KafkaSettings, directory: Path, access: Access) -> Iterator[Service]:
    settings = IngestSettings(
        kafka_bootstrap=kafka.kafka_bootstrap,
        topic_prefix=kafka.topic_prefix,
        store_url=f"file://{directory}/store",
        tokens_file=str(access.path),
    )
    store = Store(settings)
    with Producer(settings, timeout_s=5.0) as producer:
        limits = Limits(settings.max_image_bytes, settings.max_pixels)
        gateway = Gateway(settings.topics.images, producer, store, limits)
        adapters = ingest_app.Adapters(gateway, store, Admin(settings))
        app = ingest_app.make_app(settings, adapters, tokens_of(settings))
        with served(app) as url, httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
            yield Service(app, http)


def named(gate: Gate) -> list[str]:
    return [f"{method} {gate.path}" for method in sorted(gate.methods - {"HEAD"})]


def asked_for(app: FastAPI) -> dict[str, str]:
    """Every route, and what it says it asks for."""
    return {route: _said(gate) for gate in gates(app) for route in named(gate)}


def _said(gate: Gate) -> str:
    return "nothing" if gate.roles is None else "+".join(gate.roles) or "open"


def answers(service: Service, headers: dict[str, str]) -> dict[str, int]:
    """The status every route answers whoever sends these headers."""
    return {
        route: _status(service.http, method, re.sub(r"\{\w+\}", "7", path), headers)
        for gate in gates(service.app)
        for route in named(gate)
        for method, path in [route.split(" ")]
    }


def _status(http: httpx.Client, method: str, path: str, headers: dict[str, str]) -> int:
    # Event streams have no end that could be waited for.
    with http.stream(method, path, headers=headers) as answer:
        return answer.status_code


def test_every_route_says_whom_it_is_for(quiet: Api, ingest: Service) -> None:
    assert asked_for(quiet.app) == API_ROUTES
    assert asked_for(ingest.app) == INGEST_ROUTES


@pytest.mark.parametrize("who", ASKING)
def test_every_route_lets_in_whom_it_is_for_and_nobody_else(
    quiet: Api, ingest: Service, access: Access, who: str
) -> None:
    for service in (Service(quiet.app, quiet.http), ingest):
        answered = answers(service, access.header(who))

        # Asked of the routes themselves, so that a new one is not forgotten.
        for route, role in asked_for(service.app).items():
            refused = 401 if who in ("unknown", "none") else 403
            if who in OPENED_BY[role]:
                assert answered[route] not in (401, 403, 500), route
            else:
                assert answered[route] == refused, route


def test_the_documents_name_the_scheme_and_the_role(quiet: Api, ingest: Service) -> None:
    for service, path, role in ((Service(quiet.app, quiet.http), "/v1/deployments", "operator"),):
        document = service.http.get("/openapi.json").json()
        assert document["paths"][path]["post"]["security"] == [{"token": [role]}]
        assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    document = ingest.http.get("/openapi.json").json()
    images = document["paths"]["/v1/deployments/{deployment}/images"]["post"]
    assert images["security"] == [{"token": ["producer"]}]


def test_a_refusal_is_a_problem_of_the_service(quiet: Api, access: Access) -> None:
    stranger = quiet.http.get("/v1/workers")
    producer = quiet.http.get("/v1/workers", headers=access.header("producer"))

    assert (stranger.status_code, stranger.json()["type"]) == (401, "urn:umbra:unauthorized")
    assert stranger.headers["www-authenticate"] == "Bearer"
    assert (producer.status_code, producer.json()["type"]) == (403, "urn:umbra:forbidden")
    assert "needs the role viewer" in producer.json()["detail"]
    assert "has the role producer" in producer.json()["detail"]
    for answer in (stranger, producer):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_the_history_says_who_asked(
    kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path, access: Access
) -> None:
    bob = tokens_file.create(access.path, Holder("bob", Role.OPERATOR))
    with running_api(kafka, postgres, tmp_path, tokens_file=access.path) as api:
        api.http.headers.update(access.header("operator"))
        api.create_digits()
        api.http.headers["Authorization"] = f"Bearer {bob}"
        body = {"model_version": "digits-large@1"}
        api.json("PUT", "/v1/deployments/digits/shadows/shadow", 202, json=body)
        api.active(2)
        ready: dict[str, LoadState] = {f"digits@{revision}": "ready" for revision in (3, 4, 5)}
        api.plane.report("champion", ready)
        api.plane.report("shadow", ready)
        api.json("POST", "/v1/deployments/digits/promotions", 202, json={"slot": "shadow"})
        api.active(3)
        api.http.headers.update(access.header("operator"))
        api.json("POST", "/v1/deployments/digits/rollbacks", 202, json={})
        api.active(4)
        api.http.headers["Authorization"] = f"Bearer {bob}"
        api.json("DELETE", "/v1/deployments/digits/shadows/shadow", 202)
        api.active(5)

        history = api.json("GET", "/v1/deployments/digits/revisions", 200)["items"]
        assert [(entry["kind"], entry["requested_by"]) for entry in history] == [
            ("shadow", "bob"),
            ("rollback", "a-operator"),
            ("promotion", "bob"),
            ("shadow", "bob"),
            ("create", "a-operator"),
        ]


def test_without_tokens_everybody_is_anonymous(
    kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path, access: Access
) -> None:
    with running_api(kafka, postgres, tmp_path, relay=False) as api:
        api.http.headers.update(access.header("viewer"))
        api.add_model(CHAMPION, "digits-small")
        created = api.json("POST", "/v1/deployments", 202, json={"id": "d", "champion": "digits-small@1"})

        assert created["requested_by"] == "anonymous"


def test_a_revoked_token_is_refused_and_a_new_one_taken_at_once(
    quiet: Api, ingest: Service, access: Access
) -> None:
    asked = ((quiet.http, "GET", "/v1/workers"), (ingest.http, "POST", IMAGES))

    def statuses(token: str) -> list[int]:
        headers = {"Authorization": f"Bearer {token}"}
        return [
            http.request(
                method, path, headers=headers, content=make_bmp(1000) if method == "POST" else None
            ).status_code
            for http, method, path in asked
        ]

    assert statuses(access.tokens["operator"]) == [200, 202]

    tokens_file.revoke(access.path, "a-operator")
    assert statuses(access.tokens["operator"]) == [401, 401]
    assert statuses(tokens_file.create(access.path, Holder("new", Role.OPERATOR))) == [200, 202]

    again = access.tokens["viewer"]
    access.path.write_text("nonsense\n")
    assert statuses(again) == [200, 403], "a broken file changes nothing"
    assert statuses("umbra_nobody") == [401, 401]


@pytest.mark.parametrize("expects", [b"", b"Expect: 100-continue\r\n"])
@pytest.mark.parametrize(
    ("path", "framing"),
    [
        (IMAGES, b"Content-Length: 1000000000\r\n"),
        (IMAGES, b"Transfer-Encoding: chunked\r\n"),
        ("/v1/model-versions", b"Content-Length: 1000000000\r\n"),
    ],
)
def test_a_stranger_is_refused_before_the_first_byte_of_an_upload(
    quiet: Api, ingest: Service, path: str, framing: bytes, expects: bytes
) -> None:
    at = urlsplit(str((ingest.http if path == IMAGES else quiet.http).base_url))
    with socket.create_connection((at.hostname or "", at.port or 0), timeout=30) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n".encode()
            + framing
            + expects
            + b"\r\n"
        )
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 401 Unauthorized\r\n")
    assert b"connection: close\r\n" in answer.lower()


@pytest.mark.parametrize("who", ["none", "viewer"])
@pytest.mark.parametrize("chunked", [False, True])
def test_who_sends_it_all_the_same_hears_why_it_was_for_nothing(
    ingest: Service, access: Access, who: str, chunked: bool
) -> None:
    image = make_bmp(50_000_000)
    pieces = (image[at : at + 1_000_000] for at in range(0, len(image), 1_000_000))

    for _ in range(2):
        answer = ingest.http.post(IMAGES, content=pieces if chunked else image, headers=access.header(who))

        assert answer.status_code == (401 if who == "none" else 403)


def test_the_client_shows_its_token_to_both(
    quiet: Api, ingest: Service, access: Access, tmp_path: Path
) -> None:
    at = {"ingest_url": str(ingest.http.base_url)}
    with umbra.Client(str(quiet.http.base_url), token=access.tokens["operator"], **at) as client:
        assert client.workers() == []
        assert client.deployment("digits").send(make_bmp(1000), image_id="a").image_id == "a"
    with umbra.Client(str(quiet.http.base_url), token=access.tokens["producer"], **at) as client:
        assert client.deployment("digits").send(make_bmp(1000), image_id="b").image_id == "b"
        with pytest.raises(NotAllowed, match="needs the role viewer"):
            client.workers()
    with umbra.Client(str(quiet.http.base_url), **at) as client:
        with pytest.raises(NotAllowed, match="UMBRA_TOKEN") as refused:
            client.models.add(CHAMPION)
        assert (refused.value.status, refused.value.slug) == (401, "unauthorized")
        assert isinstance(refused.value, Refused)


def test_a_shell_shows_its_token(
    quiet: Api,
    ingest: Service,
    access: Access,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(*arguments: str, token: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["umbra", *arguments])
        monkeypatch.setenv("UMBRA_TOKEN", token)
        code = cli.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    monkeypatch.setenv("UMBRA_API_URL", str(quiet.http.base_url))
    monkeypatch.setenv("UMBRA_INGEST_URL", str(ingest.http.base_url))
    monkeypatch.setenv("UMBRA_TOKENS_FILE", str(access.path))
    monkeypatch.delenv("UMBRA_TOKEN", raising=False)

    code, made, _ = run("tokens", "create", "ana", "--role", "operator")
    ana = made.strip()
    assert (code, made) == (0, f"{ana}\n"), "nothing else, so that it can be put into a variable"
    code, out, err = run("models", "add", str(CHAMPION), "--name", "digits-small")
    assert (code, out) == (ExitCode.REFUSED, "")
    assert "Set UMBRA_TOKEN" in err
    assert run("models", "add", str(CHAMPION), "--name", "digits-small", token=ana)[0] == 0
    created = run("deployments", "create", "digits", "--champion", "digits-small@1", "--json", token=ana)
    assert json.loads(created[1])["requested_by"] == "ana"
    assert "revision 1 (create, by ana) is staged" in run("deployments", "show", "digits", token=ana)[1]
    assert "ana" in run("tokens", "list")[1]

    images = tmp_path / "images"
    images.mkdir()
    for number in range(50):
        (images / f"{number}.bmp").write_bytes(make_bmp(1000))
    assert "sent 50 of 50" in run("send", str(images), "-d", "digits", token=access.tokens["producer"])[1]
    code, out, err = run("send", str(images), "-d", "digits", token=access.tokens["viewer"])
    assert (code, out.partition(",")[0]) == (ExitCode.REFUSED, "sent 0 of 50 images")
    assert "stopped early" in err
    assert "refused 0" in out, "it is not the images' fault"

    assert run("tokens", "revoke", "ana")[0] == 0
    code, _, err = run("deployments", "list", token=ana)
    assert (code, "nobody's" in err) == (ExitCode.REFUSED, True)
    assert ana not in err


def test_a_worker_fetches_a_model_with_the_token_of_a_viewer(
    quiet: Api, access: Access, tmp_path: Path
) -> None:
    quiet.http.headers.update(access.header("operator"))
    quiet.add_model(CHAMPION, "digits-small")
    row = model_versions.find(quiet.plane.db, "digits-small@1")
    assert row is not None
    artifact = spec_from(row.spec).artifact
    elsewhere = Store(StoreSettings(store_url=f"file://{tmp_path}/elsewhere"))

    def fetch(who: str) -> bytes:
        url = str(quiet.http.base_url).rstrip("/")
        artifacts = Artifacts(elsewhere, url, tmp_path / f"cache-{who}", access.tokens.get(who))
        return artifacts.fetch("digits-small@1", artifact)

    assert fetch("viewer") == CHAMPION.read_bytes()
    for who in ("none", "unknown", "producer"):
        with pytest.raises(Retryable, match="set UMBRA_TOKEN to the token of a viewer"):
            fetch(who)


@pytest.mark.parametrize("service", ["services.ingest", "services.api"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_service_open_to_a_network_does_not_start(service: str, host: str) -> None:
    left = {name: value for name, value in os.environ.items() if not name.startswith("UMBRA_")}
    done = subprocess.run(
        [sys.executable, "-m", service],
        env={**left, "UMBRA_HOST": host},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 2
    assert f"UMBRA_HOST={host} would let everybody do everything" in done.stderr
    assert "UMBRA_TOKENS_FILE" in done.stderr
    assert "UMBRA_INSECURE=1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("variable", "stranger"), [("UMBRA_INSECURE", 202), ("UMBRA_TOKENS_FILE", 401)])
def test_either_remedy_lets_it_listen_on_a_network(
    kafka: KafkaSettings, tmp_path: Path, access: Access, variable: str, stranger: int
) -> None:
    Admin(kafka).ensure(kafka.topics.all(kafka.partitions, (), Retention()))
    value = {"UMBRA_INSECURE": "1", "UMBRA_TOKENS_FILE": str(access.path)}[variable]
    with running(kafka, tmp_path, UMBRA_HOST="0.0.0.0", **{variable: value}) as ingest:
        for who, status in (("none", stranger), ("producer", 202)):
            answer = ingest.http.post(IMAGES, content=make_bmp(1000), headers=access.header(who))

            assert answer.status_code == status, answer.text
