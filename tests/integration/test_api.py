"""The API's control plane over HTTP: models, deployments, changes, and what it refuses."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from tests.integration.api import CHAMPION, Api, running_api
from tests.integration.control_plane import until
from umbra.contracts.wire import encode
from umbra.contracts.worker_status import LoadState, ModelStatus
from umbra.onnx.model_file import manifest_from
from umbra.settings import KafkaSettings, PostgresSettings


@pytest.fixture
def api(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    with running_api(kafka, postgres, tmp_path) as api:
        yield api


@pytest.fixture
def quiet(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    """The API while no relay leads: what is staged stays staged."""
    with running_api(kafka, postgres, tmp_path, relay=False) as api:
        yield api


def test_a_model_file_comes_back_as_it_was_sent(quiet: Api) -> None:
    first = quiet.add_model(CHAMPION, "digits-small")
    again = quiet.add_model(CHAMPION, "digits-small")

    assert (first, again) == ("digits-small@1", "digits-small@1")
    shown = quiet.json("GET", "/v1/model-versions/digits-small%401", 200)
    assert shown["task"] == "detection"
    assert shown["labels"] == [str(digit) for digit in range(10)]
    artifact = quiet.http.get("/v1/model-versions/digits-small@1/artifact")
    assert artifact.content == CHAMPION.read_bytes()
    assert artifact.headers["etag"] == f'"{shown["sha256"]}"'


def test_a_file_that_is_no_model_is_refused_with_the_reason(quiet: Api) -> None:
    answer = quiet.http.post("/v1/model-versions", files={"file": ("cat.onnx", b"not a model")})

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "urn:umbra:model-refused"
    assert "Not an ONNX file" in problem["detail"]
    assert quiet.json("GET", "/v1/model-versions", 200)["items"] == []


def test_a_manifest_that_is_not_that_of_the_file_is_refused_at_once(quiet: Api) -> None:
    manifest = manifest_from(CHAMPION.read_bytes(), name="digits")
    for wrong in (replace(manifest, labels=[]), replace(manifest, outputs={"output": "boxes"})):
        answer = quiet.http.post(
            "/v1/model-versions",
            files={"file": ("digits.onnx", CHAMPION.read_bytes())},
            data={"manifest": encode(wrong).decode()},
        )

        assert (answer.status_code, answer.json()["type"]) == (422, "urn:umbra:model-refused")
    assert quiet.json("GET", "/v1/model-versions", 200)["items"] == []


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_is_too_large_is_refused(quiet: Api, chunked: bool) -> None:
    body = b"[" * 3_000_000
    answer = quiet.http.post(
        "/v1/deployments",
        content=iter([body[:900_000], body[900_000:]]) if chunked else body,
        headers={"Content-Type": "application/json"},
    )

    assert (answer.status_code, answer.json()["type"]) == (413, "urn:umbra:invalid-request")
    assert "1,000,000 bytes" in answer.json()["detail"]


def test_the_story_of_a_deployment(api: Api) -> None:
    created = api.create_digits()
    assert (created["revision"], created["state"]) == (1, "active")
    assert sorted(created["starts"]) == ["0", "1", "2", "3"]

    put = {"model_version": "digits-large@1"}
    assigned = api.json("PUT", "/v1/deployments/digits/shadows/shadow", 202, json=put)
    assert assigned["state"] == "staged"
    api.active(2)

    api.plane.report("champion", {"digits@3": "ready"})
    api.plane.report("shadow", {"digits@3": "ready"})
    api.json("POST", "/v1/deployments/digits/promotions", 202, json={"reason": "better"})
    promoted = api.active(3)
    assert promoted["slots"]["champion"]["model_version"] == "digits-large@1"
    assert promoted["slots"]["shadow"]["model_version"] == "digits-small@1"

    api.plane.report("champion", {"digits@4": "ready"})
    api.plane.report("shadow", {"digits@4": "ready"})
    api.json("POST", "/v1/deployments/digits/rollbacks", 202, json={})
    api.active(4)

    shown = api.http.get("/v1/deployments/digits")
    assert shown.headers["etag"] == '"4"'
    digits = shown.json()
    assert digits["slots"]["champion"]["model_version"] == "digits-small@1"
    assert digits["slots"]["champion"]["since_revision"] == 4
    history = api.json("GET", "/v1/deployments/digits/revisions", 200)["items"]
    assert [(r["revision"], r["kind"], r["based_on"]) for r in history] == [
        (4, "rollback", 3),
        (3, "promotion", 2),
        (2, "shadow", 1),
        (1, "create", None),
    ]
    row = api.json("GET", "/v1/deployments", 200)["items"][0]
    assert (row["id"], row["champion"], row["shadows"]) == (
        "digits",
        "digits-small@1",
        {"shadow": "digits-large@1"},
    )
    workers = api.json("GET", "/v1/workers", 200)["items"]
    assert [(worker["slot"], worker["live"]) for worker in workers] == [("champion", True), ("shadow", True)]


def test_a_shadow_is_paused_and_resumed_by_revisions(api: Api) -> None:
    api.create_digits()
    put = {"model_version": "digits-large@1"}
    api.json("PUT", "/v1/deployments/digits/shadows/shadow", 202, json=put)
    api.active(2)

    api.json("PUT", "/v1/deployments/digits/shadows/shadow/paused", 202, json={"paused": True})
    paused = api.active(3)
    again = api.http.put("/v1/deployments/digits/shadows/shadow/paused", json={"paused": True})
    api.json("PUT", "/v1/deployments/digits/shadows/shadow/paused", 202, json={"paused": False})

    assert (paused["kind"], paused["slots"]["shadow"]["paused"]) == ("pause", True)
    assert (again.status_code, again.json()["type"]) == (409, "urn:umbra:illegal-transition")
    assert not api.active(4)["slots"]["shadow"]["paused"]
    shown = api.json("GET", "/v1/deployments/digits", 200)
    assert shown["slots"]["shadow"]["since_revision"] == 2


def test_a_deleted_deployment_is_gone_but_for_its_history_and_its_numbers(api: Api) -> None:
    api.create_digits()

    api.json("DELETE", "/v1/deployments/digits", 202, params={"reason": "moved away"})
    deleted = api.active(2)

    assert (deleted["kind"], deleted["slots"], deleted["reason"]) == ("delete", {}, "moved away")
    assert sorted(deleted["starts"]) == ["0", "1", "2", "3"]
    assert api.http.get("/v1/deployments/digits").status_code == 404
    assert api.json("GET", "/v1/deployments", 200)["items"] == []
    assert len(api.json("GET", "/v1/deployments/digits/revisions", 200)["items"]) == 2
    assert api.http.delete("/v1/deployments/digits").status_code == 409
    body = {"id": "digits", "champion": "digits-small@1"}
    assert api.json("POST", "/v1/deployments", 201, json=body)["revision"] == 3
    assert api.json("GET", "/v1/deployments/digits", 200)["revision"] == 3


def test_a_dry_run_says_what_would_come_and_changes_nothing(api: Api) -> None:
    api.create_digits()
    put, shadow = {"model_version": "digits-large@1"}, "/v1/deployments/digits/shadows/shadow"
    api.json("PUT", shadow, 202, json=put)
    api.active(2)
    alone = api.json("POST", "/v1/deployments/digits/promotions", 200, params={"dry_run": True})
    large = {"digits-large@1": ModelStatus(state="ready", load_ms=41.5)}
    api.plane.report("shadow", {}, models=large)
    api.plane.report("champion", {})
    until(lambda: len(api.json("GET", "/v1/workers", 200)["items"]) == 2)

    manned = api.json("POST", "/v1/deployments/digits/promotions", 200, params={"dry_run": True})

    assert alone["blockers"] == ["No champion worker is alive: nobody would take over."]
    assert manned["blockers"] == []
    assert (manned["would_be"], manned["kind"], manned["partitions"]) == (3, "promotion", 4)
    assert manned["slots"]["champion"]["model_version"] == "digits-large@1"
    assert [(load["slot"], load["loads"], load["last_load_ms"]) for load in manned["waits_for"]] == [
        ("champion", "digits-large@1", 41.5),
        ("shadow", "digits-small@1", None),
    ]
    stale = api.http.put(shadow, params={"dry_run": True}, json=put, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert api.json("GET", "/v1/deployments/digits", 200)["revision"] == 2


def test_a_dry_run_says_what_it_would_have_to_wait_for(quiet: Api) -> None:
    quiet.add_model(CHAMPION, "digits-small")
    quiet.json("POST", "/v1/deployments", 202, json={"id": "digits", "champion": "digits-small@1"})

    again = quiet.http.delete("/v1/deployments/digits", params={"dry_run": True})

    assert (again.status_code, again.json()["type"]) == (409, "urn:umbra:illegal-transition")


def test_a_change_meanwhile_is_refused(api: Api) -> None:
    api.create_digits()
    api.plane.report("shadow", {})
    stage = {"model_version": "digits-large@1"}
    api.json("PUT", "/v1/deployments/digits/shadows/shadow", 202, json=stage)

    second = api.http.put("/v1/deployments/digits/shadows/canary-b", json=stage)

    problem = second.json()
    assert (second.status_code, problem["type"]) in [
        (409, "urn:umbra:revision-in-progress"),
    ], "the first may only be over when no worker was seen alive"


def test_of_two_writers_at_once_one_wins(quiet: Api) -> None:
    quiet.add_model(CHAMPION, "digits-small")
    body = {"id": "digits", "champion": "digits-small@1"}

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(quiet.http.post, "/v1/deployments", json=body) for _ in range(2)]
        statuses = sorted(answer.result().status_code for answer in answers)

    assert statuses == [202, 409]


def test_a_deployment_whose_model_no_worker_can_load_is_refused_and_can_be_created_again(api: Api) -> None:
    api.add_model(CHAMPION, "digits-small")
    body = {"id": "digits", "champion": "digits-small@1"}

    def created(model: ModelStatus) -> httpx.Response:
        """What is answered while a live champion worker says this of the model."""
        states: dict[str, LoadState] = {"digits@1": model.state, "digits@2": model.state}
        with ThreadPoolExecutor(1) as threads:
            asked: Future[httpx.Response] | None = None
            while asked is None or not asked.done():
                api.plane.report("champion", states, models={"digits-small@1": model})
                if asked is None and _live(api):
                    asked = threads.submit(api.http.post, "/v1/deployments", json=body)
                time.sleep(0.2)
        return asked.result()

    refused = created(ModelStatus(state="failed", error="the file is broken"))
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "urn:umbra:model-refused")
    assert "could not load digits-small@1: the file is broken" in problem["detail"]
    assert api.json("GET", "/v1/deployments/digits/revisions/1", 200)["state"] == "failed"
    assert api.json("GET", "/v1/deployments/digits", 200)["state"] == "failed"

    again = created(ModelStatus(state="ready"))
    assert (again.status_code, again.json()["revision"]) == (201, 2)


def _live(api: Api) -> bool:
    return any(worker["live"] for worker in api.json("GET", "/v1/workers", 200)["items"])


def test_a_stale_etag_is_refused(api: Api) -> None:
    api.create_digits()
    path, body = "/v1/deployments/digits/shadows/shadow", {"model_version": "digits-large@1"}
    api.json("PUT", path, 202, json=body, headers={"If-Match": '"1"'})
    api.active(2)

    stale = api.http.delete(path, headers={"If-Match": '"1"'})

    assert (stale.status_code, stale.json()["type"]) == (412, "urn:umbra:stale-etag")
    assert api.http.delete(path, headers={"If-Match": f'"{"9" * 5000}"'}).status_code == 412
    assert api.http.delete(path, headers={"If-Match": '"2"'}).status_code == 202


REFUSED: list[tuple[str, str, object, int, str]] = [
    ("GET", "/v1/deployments/nobody", None, 404, "not-found"),
    ("GET", "/v1/deployments/nobody/revisions", None, 404, "not-found"),
    ("GET", "/v1/deployments/digits/revisions/9", None, 404, "not-found"),
    ("GET", "/v1/deployments/digits/revisions/x", None, 422, "invalid-request"),
    ("GET", "/v1/deployments/%FF", None, 422, "invalid-request"),
    ("GET", "/v1/deployments/%00", None, 422, "invalid-request"),
    ("GET", "/v1/deployments/digits/images/%00", None, 422, "invalid-request"),
    ("GET", "/v1/deployments/digits/images?tag=%00", None, 422, "invalid-request"),
    ("GET", "/v1/deployments/digits/images?revision=99999999999", None, 422, "invalid-request"),
    ("GET", "/v1/deployments/digits/metrics?window=999999d", None, 422, "invalid-request"),
    ("GET", "/v1/nothing", None, 404, "not-found"),
    ("GET", "/v1/model-versions/no@1", None, 404, "not-found"),
    ("POST", "/v1/workers", {}, 405, "method-not-allowed"),
    ("POST", "/v1/model-versions", {}, 422, "invalid-request"),
    ("POST", "/v1/deployments", {}, 422, "invalid-request"),
    ("POST", "/v1/deployments", {"id": "x", "champion": "no@1"}, 422, "invalid-request"),
    ("POST", "/v1/deployments", {"id": "X!", "champion": "digits-small@1"}, 422, "invalid-request"),
    ("POST", "/v1/deployments", {"id": "digits", "champion": "digits-small@1"}, 409, "illegal-transition"),
    (
        "PUT",
        "/v1/deployments/digits/shadows/relay",
        {"model_version": "digits-large@1"},
        422,
        "slot-reserved",
    ),
    (
        "PUT",
        "/v1/deployments/digits/shadows/B%2F",
        {"model_version": "digits-large@1"},
        422,
        "invalid-request",
    ),
    ("DELETE", "/v1/deployments/digits/shadows/shadow", None, 409, "illegal-transition"),
    ("POST", "/v1/deployments/nobody/promotions", {}, 404, "not-found"),
    ("POST", "/v1/deployments/digits/promotions", {}, 409, "illegal-transition"),
    ("POST", "/v1/deployments/digits/promotions", {"demot": "x"}, 422, "invalid-request"),
    ("POST", "/v1/deployments/digits/rollbacks", {}, 409, "illegal-transition"),
    ("POST", "/v1/deployments/digits/rollbacks", {"to_revision": 9}, 409, "illegal-transition"),
]


def test_every_refusal_is_a_problem_with_its_slug(api: Api) -> None:
    api.create_digits()
    for method, path, body, status, slug in REFUSED:
        answer = api.http.request(method, path, json=body)

        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (
            path
        )
        problem = answer.json()
        assert problem["type"] == f"urn:umbra:{slug}", path
        assert problem["request_id"] == answer.headers["x-request-id"]
        assert problem["title"]
        assert problem["detail"]


@pytest.mark.parametrize(
    "body", [rb'{"id":"\u0000","champion":"a@1"}', rb'{"id":"\ud800","champion":"\udfff"}', rb'{"\ud800":1}']
)
def test_text_that_nothing_can_keep_is_refused(quiet: Api, body: bytes) -> None:
    answer = quiet.http.post("/v1/deployments", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:umbra:invalid-request")


def test_a_web_page_of_another_origin_cannot_promote(quiet: Api) -> None:
    path = "/v1/deployments/digits/promotions"
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Host": "umbra.evil.example"},
    ):
        answer = quiet.http.post(path, json={}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:umbra:forbidden")

    form = quiet.http.post(path, content="a=b", headers={"Content-Type": "text/plain"})
    assert form.status_code == 415


def test_the_page_the_docs_and_the_probes_answer(quiet: Api) -> None:
    for path in ("/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics"):
        assert quiet.http.get(path).status_code == 200, path
    assert "umbra_relay_leading 0.0" in quiet.http.get("/metrics").text
