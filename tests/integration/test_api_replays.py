"""Replays over HTTP and on the command line; the worker only says how far it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api import Api, running_api
from tests.integration.control_plane import until
from tests.integration.test_api_cli import Shell
from tests.integration.test_api_figures import LANDED, landed, record
from umbra.cli.exit_codes import ExitCode
from umbra.contracts.prediction import Rectangle
from umbra.postgres import replays
from umbra.settings import KafkaSettings, PostgresSettings

PATH = "/v1/deployments/digits/replays"
ONE = Rectangle("1", 0.6, (10.0, 10.0, 20.0, 20.0))


@pytest.fixture
def api(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    """`digits` in force, ten images landed since, and a second ModelVersion."""
    with running_api(kafka, postgres, tmp_path) as api:
        api.create_digits()
        api.plane.send(10)
        yield api


@pytest.fixture
def shell(api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setenv("UMBRA_API_URL", str(api.http.base_url))
    return Shell(monkeypatch, capsys)


def begin(api: Api, **body: Any) -> Any:
    return api.json("POST", PATH, 202, json={"model_version": "digits-large@1", **body})


def test_it_covers_what_the_log_holds_since_then(api: Api) -> None:
    entry = begin(api, since="1h", rate=25, reason="before it shadows")

    assert entry["state"] == "open"
    assert (entry["model_version"], entry["slot"]) == ("digits-large@1", f"replay-{entry['id']}")
    assert (entry["rate"], entry["yields"], entry["reason"]) == (25, True, "before it shadows")
    # Ten images, a marker for each of the four partitions, and what ended that transaction there.
    assert sum(entry["ends"].values()) == entry["offsets"] == 18
    assert (entry["offsets_done"], entry["images"], entry["eta_s"]) == (0, 0, None)
    assert entry["waiting_for"] == [
        "a worker for replays (none is alive; `umbra worker --replays` starts one)"
    ]
    assert api.json("GET", PATH, 200)["items"][0]["id"] == entry["id"]
    assert api.json("GET", f"{PATH}/{entry['id']}", 200)["starts"] == entry["starts"]


def test_it_says_what_it_waits_for_and_how_far_it_is(api: Api) -> None:
    first, second = begin(api), begin(api, max=True)
    api.plane.report("replays", {})
    wanted = [[f"its turn, behind replay {first['id']}"], ["its process to start"]]
    until(lambda: [entry["waiting_for"] for entry in api.json("GET", PATH, 200)["items"]] == wanted)

    half = {0: first["ends"]["0"], 1: first["ends"]["1"]}
    api.plane.report(first["slot"], {}, positions=half, blocked={2: "Model is not loaded yet."})

    def shown() -> Any:
        entry = api.json("GET", f"{PATH}/{first['id']}", 200)
        return entry if entry["offsets_done"] else None

    entry = until(shown)
    assert entry["offsets_done"] == sum(half.values())
    assert entry["waiting_for"] == ["Model is not loaded yet."]
    assert entry["workers"] == [api.plane.topics.worker(first["slot"], "0")]
    api.plane.report(first["slot"], {}, positions={int(p): end for p, end in first["ends"].items()})
    until(lambda: api.json("GET", f"{PATH}/{first['id']}", 200)["state"] == "done")
    assert api.json("DELETE", f"{PATH}/{second['id']}", 202)["state"] == "cancelled"
    again = api.json("DELETE", f"{PATH}/{second['id']}", 409)
    assert again["detail"] == f"Replay {second['id']} is cancelled."


def test_what_cannot_be_replayed_is_refused(api: Api) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"model_version": "nothing@1"}, "There is no ModelVersion nothing@1."),
        ({"since": "yesterday"}, "'yesterday' is no duration: write it like 30s, 15m, 24h or 7d."),
        ({"since": "2026-11-22T19:00:00"}, "has no time zone"),
        ({"since": "9999-12-31T23:59:59-10:00"}, "is no time of an image"),
        ({"since": "0001-01-01T00:00:00+10:00"}, "is no time of an image"),
        ({"rate": 0}, "rate"),
        ({"rate": 5, "max": True}, "`rate` and `max` exclude each other."),
        ({"since": "2999-01-01T00:00:00Z"}, "The log holds no image that landed since 2999-01-01"),
    ]
    for body, detail in refused:
        problem = api.json("POST", PATH, 422, json={"model_version": "digits-large@1", **body})
        assert detail in problem["detail"]
    assert api.json("GET", PATH, 200)["items"] == []


def test_there_must_be_such_a_deployment_and_such_a_replay(api: Api) -> None:
    body = {"model_version": "digits-large@1"}
    assert api.http.post("/v1/deployments/none/replays", json=body).status_code == 404
    assert api.http.get("/v1/deployments/none/replays").status_code == 404
    assert api.http.get(f"{PATH}/none").status_code == 404
    assert api.http.get("/v1/deployments/digits/comparisons?slot=replay-none").status_code == 404


def test_its_comparison_is_one_beside_each_champion_and_stays_out_of_the_live_figures(api: Api) -> None:
    entry = begin(api, since=LANDED.isoformat().replace("+00:00", "Z"))
    slot, version = entry["slot"], {"model_version": "digits-large@1"}
    record(api, *(landed(number) for number in range(4)), landed(4, revision=1))
    record(
        api,
        landed(0, slot, **version),
        landed(1, slot, shapes=[ONE], **version),
        landed(2, slot, revision=7, **version),  # whatever revision it names
    )

    found = api.json("GET", f"/v1/deployments/digits/comparisons?window={entry['window']}&slot={slot}", 200)

    [pair] = found["pairs"]
    assert (pair["champion"], pair["shadow"], pair["slot"]) == ("digits-small@1", "digits-large@1", slot)
    assert (pair["complete"], pair["mixed"], pair["failed"]) == (3, 0, 0)
    assert pair["agreement"] == pytest.approx(2 * 4 / (6 + 5))
    assert pair["latency_delta_ms"] == {"p50": None, "p95": None, "p99": None}
    live = api.json("GET", "/v1/deployments/digits/comparisons?window=1h", 200)["pairs"]
    assert [pair["slot"] for pair in live] == []
    assert api.json("GET", "/v1/deployments/digits/metrics?window=1h", 200)["slots"].keys() == {"champion"}
    [summary] = api.json("GET", "/v1/deployments?summary=1h", 200)["items"]
    assert summary["agreement"] == {}
    assert api.json("GET", f"{PATH}/{entry['id']}", 200)["images"] == 3


def test_missing_images_wait_while_it_is_under_way_and_are_orphans_once_it_is_over(api: Api) -> None:
    entry = begin(api, since=LANDED.isoformat().replace("+00:00", "Z"))
    # The places of these are below its ends: (partition, offset) = (0, 0), (1, 0), (0, 1).
    record(api, landed(0), landed(1), landed(4))
    record(api, landed(1, entry["slot"], model_version="digits-large@1"))
    path = f"/v1/deployments/digits/comparisons?window={entry['window']}&slot={entry['slot']}"

    [pair] = api.json("GET", path, 200)["pairs"]
    assert (pair["complete"], pair["waiting"], pair["orphans"]) == (1, 2, 0)
    api.json("DELETE", f"{PATH}/{entry['id']}", 202)
    [pair] = api.json("GET", path, 200)["pairs"]
    assert (pair["complete"], pair["waiting"], pair["orphans"]) == (1, 0, 2)


def test_it_is_evaluated_beside_the_champion_on_the_reviews_there_are(api: Api) -> None:
    entry = begin(api, since=LANDED.isoformat().replace("+00:00", "Z"))
    record(api, landed(0), landed(0, entry["slot"], model_version="digits-large@1"), landed(1))
    shapes = [{"type": "rectangle", "label": "7", "box": [10.0, 10.0, 20.0, 20.0]}]
    for image in ("img0", "img1"):
        api.json("PUT", f"/v1/deployments/digits/images/{image}/review", 200, json={"shapes": shapes})

    path = f"/v1/deployments/digits/evaluation?window={entry['window']}&slot={entry['slot']}"
    found = api.json("GET", path, 200)

    assert [(of["model_version"], of["slots"], of["images"]) for of in found["versions"]] == [
        ("digits-small@1", ["champion"], 2),
        ("digits-large@1", [entry["slot"]], 1),
    ]
    [difference] = found["differences"]
    assert (difference["shadow"], difference["slot"], difference["images"]) == (
        "digits-large@1",
        entry["slot"],
        1,
    )


def test_the_story_in_a_shell(api: Api, shell: Shell) -> None:
    assert "No replay yet." in shell.run("replay", "list")[1]
    assert shell.run("replay")[0] == ExitCode.USAGE
    assert shell.run("replay", "--model", "digits-large@1", "--max", "--rate", "3")[0] == ExitCode.USAGE

    code, out, err = shell.run("replay", "--model", "digits-large@1", "--since", "1h", "--no-wait")
    assert (code, err) == (0, "")
    id = out.split()[1].rstrip(":")
    assert out.splitlines() == [
        f"Replay {id}: digits-large@1 over 18 offsets.",
        f"It goes on by itself: umbra replay show {id} -d digits",
    ]
    noted = replays.find(api.plane.db, "digits", id)
    assert noted is not None
    api.plane.report(noted.replay.slot, {}, positions=dict(noted.replay.ends))
    until(lambda: shell.json("replay", "show", id)["state"] == "done")
    code, out, _ = shell.run("replay", "show", id)
    assert (code, out.splitlines()) == (
        0,
        [f"Replay {id} of digits-large@1 is done: 100%, 0 images", "Nothing is compared yet."],
    )
    [listed] = shell.json("replay", "list")
    assert (listed["id"], listed["offsets_done"]) == (id, 18)
    assert "100%" in shell.run("replay", "list")[1]

    other = shell.json("replay", "--model", "digits-large@1", "--no-wait")
    code, out, _ = shell.run("replay", "cancel", other["id"])
    assert (code, out) == (0, f"Replay {other['id']} is cancelled; 0 images were judged.\n")
    assert shell.run("replay", "cancel", other["id"])[0] == ExitCode.REFUSED
