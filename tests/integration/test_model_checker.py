"""Model files over the API and the checker: checked before they are kept, refused with the reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api import CHAMPION, Api, running_api, running_checker
from tests.integration.control_plane import until
from tests.integration.service_process import service
from tests.unit.checker import bad_models
from tests.unit.onnx.graphs import make_detector
from umbra.checker.request import REQUEST_TYPE, Question, answer_decoder, head_of
from umbra.client import Client
from umbra.settings import KafkaSettings, PostgresSettings

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def quiet(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    """The API while no relay leads, and a checker with little patience."""
    with (
        running_checker(check_timeout_s=8.0) as url,
        running_api(kafka, postgres, tmp_path, relay=False, checker_url=url) as api,
    ):
        yield api


@pytest.fixture
def alone(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    """The API while the checker is away."""
    with running_api(kafka, postgres, tmp_path, relay=False, checker_url=NOBODY) as api:
        yield api


def add(api: Api, raw: bytes, *, name: str = "m", wait: bool = True, **given: Any) -> httpx.Response:
    return api.http.post(
        "/v1/model-versions",
        files={"file": ("m.onnx", raw)},
        data={"name": name, **given},
        headers={} if wait else {"Prefer": "respond-async"},
    )


def settled(api: Api, path: str) -> Any:
    """The version once its check is done."""

    def probe() -> Any:
        shown = api.json("GET", path, 200)
        return shown if shown["state"] != "checking" else None

    return until(probe, 60)


def test_the_report_of_the_check_is_in_the_answer_and_stays(quiet: Api) -> None:
    added = add(quiet, CHAMPION.read_bytes())

    assert added.status_code == 201
    report = added.json()["report"]
    assert "head" in [noted["field"] for noted in report["found"]]
    assert set(report["measurements"]["latency_ms"]) == {"1", "8"}
    assert quiet.json("GET", added.headers["location"], 200) == added.json()


BAD = [
    (make_detector()[:300], {}, "cut off"),
    (b"PK\x03\x04 a zip archive", {}, "Not an ONNX file"),
    (bad_models.weights_elsewhere(), {}, "in another file"),
    (bad_models.nan_weights(), {}, "NaN"),
    (bad_models.unknown_layout(), {}, "No head"),
    (bad_models.takes_memory(gigabytes=100), {}, "memory"),
    (bad_models.loops_for_ever(), {}, "within 8 s"),
    (make_detector(), {"manifest": '{"labels": ["a"]}'}, "There are 1 labels"),
    (make_detector(), {"manifest": '{"lables": ["a"]}'}, "unknown field `lables`"),
    (make_detector(), {"manifest": '{"input": {"size": "big"}}'}, "Expected `array"),
]


@pytest.mark.parametrize(("raw", "given", "says"), BAD)
def test_a_bad_model_is_refused_with_the_reason_and_not_kept(
    quiet: Api, tmp_path: Path, raw: bytes, given: dict[str, Any], says: str
) -> None:
    answer = add(quiet, raw, **given)

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "urn:umbra:model-refused")
    assert says in problem["detail"]
    assert problem["remedy"]
    assert quiet.json("GET", "/v1/model-versions", 200)["items"] == []
    assert not list(tmp_path.rglob("*.onnx"))


def test_the_same_file_and_manifest_are_one_version_and_checked_once(quiet: Api) -> None:
    given: dict[str, Any] = {"manifest": '{"thresholds": {"operate": 0.5}}'}
    first = add(quiet, make_detector(), **given)
    again = add(quiet, make_detector(), **given)
    other = add(quiet, make_detector())

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
    assert again.json() == first.json()
    assert other.json()["number"] == 2


def test_a_check_that_nobody_waits_for_makes_the_version_ready(quiet: Api) -> None:
    begun = add(quiet, CHAMPION.read_bytes(), name="digits", wait=False)

    assert begun.status_code == 202
    assert begun.json()["state"] == "checking"
    shown = settled(quiet, begun.headers["location"])
    assert (shown["id"], shown["state"], shown["task"]) == ("digits@1", "ready", "detection")
    quiet.json("POST", "/v1/deployments", 202, json={"id": "digits", "champion": "digits@1"})


def test_a_version_that_was_refused_is_put_into_no_slot(quiet: Api) -> None:
    begun = add(quiet, bad_models.nan_weights(), wait=False)
    shown = settled(quiet, begun.headers["location"])

    assert shown["state"] == "refused"
    assert shown["report"]["problems"][0]["code"] == "non-finite"
    problem = quiet.json("POST", "/v1/deployments", 422, json={"id": "d", "champion": "m@1"})
    assert problem["type"] == "urn:umbra:model-refused"
    assert add(quiet, make_detector()).json()["id"] == "m@2"


def test_without_the_checker_nothing_is_added(alone: Api) -> None:
    answer = add(alone, CHAMPION.read_bytes())

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:umbra:checker-unavailable")
    assert "model checker" in answer.json()["detail"]
    assert alone.json("GET", "/v1/model-versions", 200)["items"] == []


def test_what_waits_for_its_check_is_put_into_no_slot(alone: Api) -> None:
    begun = add(alone, CHAMPION.read_bytes(), wait=False)

    assert begun.status_code == 202
    problem = alone.json("POST", "/v1/deployments", 409, json={"id": "d", "champion": "m@1"})
    assert problem["type"] == "urn:umbra:model-not-ready"
    assert add(alone, CHAMPION.read_bytes(), wait=False).json()["id"] == "m@1"


def test_a_check_that_an_api_left_behind_is_done_by_the_next(
    kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path
) -> None:
    with (
        running_api(kafka, postgres, tmp_path, relay=False, checker_url=NOBODY) as before,
        Client(str(before.http.base_url)) as client,
    ):
        begun = client.models.add(CHAMPION, name="m", wait=False)
        assert begun.state == "checking"

    with running_api(kafka, postgres, tmp_path, relay=False) as api:
        assert settled(api, f"/v1/model-versions/{begun.id}")["state"] == "ready"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/other", {"Content-Type": REQUEST_TYPE}, 404),
        ("/v1/check", {"Content-Type": "text/plain"}, 415),
        ("/v1/check", {"Content-Type": REQUEST_TYPE, "Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_the_checker_takes_nothing_but_requests(path: str, headers: dict[str, str], status: int) -> None:
    with running_checker() as url:
        assert httpx.post(f"{url}{path}", content=iter([b"x"]), headers=headers).status_code == status


def test_a_request_larger_than_a_model_may_be_is_refused() -> None:
    with running_checker(max_model_bytes=1) as url:
        answer = httpx.post(
            f"{url}/v1/check", content=bytes(10_000_100), headers={"Content-Type": REQUEST_TYPE}
        )

    assert answer.status_code == 413


def test_the_checker_runs_as_a_service(tmp_path: Path) -> None:
    with service("model_checker", {}, tmp_path / "log") as checker:
        until(checker.is_ready)
        answer = httpx.post(
            f"{checker.url}/v1/check",
            content=head_of(Question("m")) + make_detector(),
            headers={"Content-Type": REQUEST_TYPE},
            timeout=60,
        )

        assert answer_decoder.decode(answer.content).report.refusals == []
        assert 'umbra_model_checks_total{outcome="ready"} 1.0' in httpx.get(f"{checker.url}/metrics").text
        assert checker.stop() == 0
