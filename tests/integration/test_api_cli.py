"""The command line and the client against a whole API."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import umbra
from tests.integration.api import CHAMPION, SHADOW, Api, running_api
from tests.integration.control_plane import until
from tests.integration.test_api_figures import landed, record
from umbra import cli
from umbra.cli.exit_codes import ExitCode
from umbra.client import RevisionFailed, UmbraApiError
from umbra.contracts.worker_status import ModelStatus
from umbra.core.errors import IllegalTransition, Refused, TimedOut
from umbra.settings import KafkaSettings, PostgresSettings


@pytest.fixture
def api(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    with running_api(kafka, postgres, tmp_path) as api:
        yield api


class Shell:
    """Runs `umbra …` in this process."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._capture = capture

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """The exit code, standard output, standard error."""
        self._patch.setattr(sys, "argv", ["umbra", *arguments])
        self._capture.readouterr()
        code = cli.main()
        said = self._capture.readouterr()
        return code, said.out, said.err

    def json(self, *arguments: str) -> Any:
        """What `umbra … --json` prints, which must be all it prints."""
        code, out, err = self.run(*arguments, "--json")
        assert code == ExitCode.DONE, err
        return json.loads(out)


@pytest.fixture
def shell(api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setenv("UMBRA_API_URL", str(api.http.base_url))
    return Shell(monkeypatch, capsys)


def test_the_story_in_a_shell(api: Api, shell: Shell) -> None:
    assert shell.run("deployments", "list")[1].startswith("No deployment yet.")
    assert shell.run("models", "add", str(CHAMPION), "--name", "digits-small")[1].startswith("digits-small@1")
    assert shell.json("models", "add", str(SHADOW), "--name", "digits-large")["id"] == "digits-large@1"
    assert [m["id"] for m in shell.json("models", "list")] == ["digits-large@1", "digits-small@1"]
    code, out, err = shell.run("deployments", "create", "digits", "--champion", "digits-small@1")
    assert (code, out) == (0, "digits@1 is active: champion digits-small@1\n")
    assert "No worker runs slot champion yet" in err
    assert "    umbra worker --slot champion\n" in err

    shadow = shell.json("shadow", "set", "digits-large@1")
    assert (shadow["revision"], shadow["state"]) == (2, "active")
    api.plane.report("champion", {"digits@3": "ready", "digits@4": "ready"})
    code, out, _ = shell.run("promote", "--deployment", "digits", "--reason", "better")
    assert code == 0
    assert "digits@3 (promotion) is active: champion digits-large@1, shadow digits-small@1" in out
    assert "begins at offset" in out
    api.plane.report("champion", {"digits@4": "ready"})
    assert shell.json("rollback")["slots"]["champion"]["model_version"] == "digits-small@1"

    watched = shell.json("watch", "--once")
    assert watched["deployment"]["revision"] == 4
    assert "from" in watched["metrics"]
    assert "digits  revision 4 active" in shell.run("watch", "digits", "--once")[1]
    assert "digits-large@1" in shell.run("deployments", "show", "digits")[1]
    assert "digits" in shell.run("deployments", "list")[1]
    code, out, _ = shell.run("shadow", "pause")
    assert (code, "shadow digits-large@1 (paused)" in out) == (0, True)
    code, out, _ = shell.run("shadow", "resume", "--dry-run")
    assert (code, out.startswith("digits@6 (pause) would be: champion digits-small@1")) == (0, True)
    assert shell.json("shadow", "resume", "--dry-run")["would_be"] == 6
    assert shell.json("shadow", "clear")["slots"].keys() == {"champion"}
    code, out, _ = shell.run("deployments", "delete", "digits", "--reason", "over")
    assert (code, out.splitlines()[0]) == (0, "digits@7 (delete) is active: no slot")
    assert shell.run("deployments", "show", "digits")[0] == ExitCode.REFUSED


def test_a_slot_without_a_worker_is_seen_and_the_command_that_starts_one_is_told(
    api: Api, shell: Shell
) -> None:
    api.create_digits()
    api.plane.report("champion", {})
    until(lambda: shell.json("workers"))

    _, _, told = shell.run("shadow", "set", "digits-large@1", "--slot", "canary-b")

    assert told.splitlines() == [
        "No worker runs slot canary-b yet; nothing judges its images until one does. "
        "`umbra up` starts one by itself. Elsewhere:",
        "    umbra worker --slot canary-b",
        "    UMBRA_SLOT=canary-b docker compose -f deploy/docker-compose.yml run -d shadow-worker",
    ]
    slots = shell.json("deployments", "show", "digits")["slots"]
    assert {slot: held["workers"] for slot, held in slots.items()} == {"champion": 1, "canary-b": 0}
    assert "    umbra worker --slot canary-b\n" in shell.run("deployments", "show", "digits")[1]
    assert "No worker runs slot canary-b." in shell.run("deployments", "list")[1]
    assert "No worker runs slot canary-b." in shell.run("watch", "--once")[1]
    api.plane.report("canary-b", {})
    until(lambda: shell.json("deployments", "list")[0]["trouble"] is None)
    assert shell.run("shadow", "pause", "--slot", "canary-b")[2] == ""


def test_workers_are_listed_with_what_they_run_on_and_what_speaks_against_it(api: Api, shell: Shell) -> None:
    assert shell.run("workers")[1].startswith("No worker has reported yet.")

    providers, device = ["CUDAExecutionProvider"], "nvidia:0"
    shadow = api.plane.topics.worker("shadow", "0")
    api.plane.report("champion", {}, shares_device_with=[shadow], providers=providers, device=device)
    api.plane.report("shadow", {}, failure="CUDA did not start: no driver.")
    until(lambda: len(shell.json("workers")) == 2)

    champion, ended = shell.json("workers")
    assert (champion["live"], champion["providers"], champion["device"]) == (True, providers, device)
    assert (ended["live"], ended["failure"]) == (False, "CUDA did not start: no driver.")
    said = shell.run("workers")[1]
    assert "CUDA (nvidia:0)" in said
    assert "the shadow can slow the champion down" in said


def test_what_goes_wrong_has_its_exit_code_and_a_remedy(
    shell: Shell, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell.run("promote")[0] == ExitCode.REFUSED
    code, _, err = shell.run("models", "add", "/no/such.onnx")
    assert (code, err) == (
        ExitCode.REFUSED,
        "umbra: Cannot read /no/such.onnx: No such file or directory. Name an .onnx file.\n",
    )
    api.create_digits()
    api.plane.report("champion", {})
    until(lambda: api.json("GET", "/v1/workers", 200)["items"])
    assert shell.run("rollback")[0] == ExitCode.REFUSED
    shell.json("shadow", "set", "digits-large@1")
    code, _, err = shell.run("promote", "--timeout", "0.3")
    assert code == ExitCode.TIMED_OUT
    assert "waits for" in err
    broken = {"digits-large@1": ModelStatus(state="failed", error="no such operator")}
    api.plane.report("champion", {"digits@3": "failed"}, models=broken)
    api.active_or_failed(3)
    assert shell.run("promote", "--no-wait")[0] == ExitCode.DONE

    monkeypatch.setenv("UMBRA_API_URL", "http://127.0.0.1:9")
    code, _, err = shell.run("deployments", "list")
    assert code == ExitCode.UNREACHABLE
    assert "http://127.0.0.1:9" in err


def test_the_client_is_typed_and_its_errors_carry_the_problem(api: Api) -> None:
    with umbra.Client(str(api.http.base_url)) as client:
        small = client.models.add(CHAMPION, name="digits-small")
        client.models.add(SHADOW, name="digits-large")
        assert client.models.artifact(small.id) == CHAMPION.read_bytes()
        first = client.deployments.create("digits", champion=small.id)
        assert sorted(first.starts) == [0, 1, 2, 3]
        digits = client.deployment("digits")

        with pytest.raises(UmbraApiError) as unknown:
            client.deployment("nobody").show()
        assert (unknown.value.slug, unknown.value.status) == ("not-found", 404)
        assert unknown.value.request_id
        assert isinstance(unknown.value, Refused)
        with pytest.raises(IllegalTransition, match="No shadow is assigned"):
            digits.promote()

        shadow = digits.wait_active(digits.set_shadow_model("digits-large@1").revision)
        assert shadow.slots["shadow"].model_version == "digits-large@1"
        api.plane.report("champion", {})
        until(client.workers)
        promotion = digits.promote(reason="try")
        with pytest.raises(TimedOut, match="champion-0"):
            digits.wait_active(promotion.revision, timeout_s=0.2)
        failed = {"digits-large@1": ModelStatus(state="failed", error="boom")}
        api.plane.report("champion", {"digits@3": "failed"}, models=failed)
        with pytest.raises(RevisionFailed, match="boom"):
            digits.wait_active(promotion.revision)
        assert [revision.state for revision in digits.revisions()] == ["failed", "active", "active"]
        assert digits.comparisons().pairs[0].agreement is None
        assert digits.metrics(window="5m").slots == {}
        assert digits.images(label=["1", "2"]).items == []


def test_the_log_tells_what_was_changed_by_whom_why_and_what_came_of_it(api: Api, shell: Shell) -> None:
    api.create_digits()
    shell.run("shadow", "set", "digits-large@1", "--reason", "have a look")

    second, first = (line.split() for line in shell.run("log")[1].splitlines()[1:])

    assert (first[:3], second[:3]) == (["1", "create", "active"], ["2", "shadow", "active"])
    assert "have a look" in " ".join(second)
    assert "active" in second[second.index("staged") :]
    assert [entry["revision"] for entry in shell.json("log", "--limit", "1")] == [2]


def test_ground_truth_goes_in_and_out_and_the_figures_are_shown(
    api: Api, shell: Shell, tmp_path: Path
) -> None:
    api.create_digits()
    slots = ("champion", "shadow")
    record(api, *(landed(number, slot, image_id=f"{number}.png") for number in range(3) for slot in slots))
    box = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}
    truth = {
        "images": [{"id": n, "file_name": f"val/{n}.png", "width": 128, "height": 128} for n in range(4)],
        "annotations": [box | {"id": 1}, box | {"id": 2, "image_id": 2, "category_id": 2}],
        "categories": [{"id": 1, "name": "1"}, {"id": 2, "name": "unicorn"}],
    }
    file = tmp_path / "gt.json"
    file.write_text(json.dumps(truth))
    assert "is reviewed. Begin with `umbra reviews import`" in shell.run("evaluation")[1]

    code, said, warned = shell.run("reviews", "import", str(file))
    assert (code, said) == (ExitCode.FAILED, "2 reviewed, 0 corrected, 0 as they were\n")
    assert "1 not taken, no such image was judged: val/3.png" in warned
    assert "refused val/2.png: Shape 0: there is no label 'unicorn'" in warned
    assert json.loads(shell.run("reviews", "import", str(file), "--json")[1])["unchanged"] == 2

    table = shell.run("evaluation", "--window", "1h")[1]
    assert "2 reviewed images" in table
    assert "AR@100" in table
    assert shell.json("evaluation", "--window", "1h")["reviewed"] == 2

    out = tmp_path / "out.json"
    assert shell.run("reviews", "export", str(out))[1] == f"2 reviewed images in {out}\n"
    assert json.loads(out.read_text())["annotations"][0]["bbox"] == [10.0, 10.0, 20.0, 20.0]
    assert shell.run("reviews", "export", str(tmp_path / "yolo"), "--no-images")[0] == ExitCode.DONE
    assert (tmp_path / "yolo/labels/1.txt").read_text() == "1 0.15625 0.15625 0.15625 0.15625\n"
