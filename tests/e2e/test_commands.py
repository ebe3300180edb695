"""What README tells people to type, then `umbra demo`, on one running system; and a demo that is stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.system import System, until
from tests.unit.local.processes import is_running
from umbra.local.endpoints import Endpoints
from umbra.local.ports import Ports

DEMO = (sys.executable, "-m", "umbra.cli", "demo")
SHORTENED = {"--rate 50 --repeat 5": "--rate 200", "umbra watch digits": "umbra watch digits --once"}
"""So that the story takes seconds and ends by itself."""


def blocks(language: str) -> list[str]:
    """The code blocks of README in one language."""
    return re.findall(rf"```{language}\n(.*?)```", Path("README.md").read_text(), re.DOTALL)


def run(system: System, *command: str) -> str:
    """Run a command as a user who has entered the lines that `umbra up` printed; its output."""
    at = system.endpoints()
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "UMBRA_API_URL": at["api"],
        "UMBRA_INGEST_URL": at["ingest"],
        "UMBRA_KAFKA_BOOTSTRAP": at["kafka"],
    }
    told = subprocess.run(
        command, env=os.environ | environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert told.returncode == 0, f"{told.stdout}\n{told.stderr}\n{system.tail()}"
    return told.stdout


def test_the_commands_of_the_readme_do_what_it_says(system: System) -> None:
    (story,) = (block for block in blocks("sh") if "umbra models add" in block)
    first, *lines = story.splitlines()
    assert first == ". .venv/bin/activate"
    for long, short in SHORTENED.items():
        assert long in story
        lines = [line.replace(long, short) for line in lines]

    told = {line: run(system, "bash", "-c", line) for line in lines}

    says = {line.split("  ")[0].split(" --")[0]: out for line, out in told.items()}
    assert says["umbra models add examples/digits/scenes/det_champion.onnx"].startswith("digits-small@1")
    assert "digits@1 is active: champion digits-small@1" in says["umbra deployments create digits"]
    assert "shadow digits-large@1" in says["umbra shadow set digits-large@1"]
    assert "sent 200 of 200 images" in says['umbra send "examples/digits/scenes/val/????.png"']
    assert "digits  revision 2 active" in says["umbra watch digits"]
    promoted = "digits@3 (promotion) is active: champion digits-large@1, shadow digits-small@1"
    assert promoted in says["umbra promote"]
    assert "digits@4 (rollback) is active: champion digits-small@1" in says["umbra rollback"]


def test_the_python_of_the_readme_does_what_it_says(system: System) -> None:
    (program,) = blocks("python")
    assert "http://127.0.0.1:8080" in program
    run(system, "umbra", "shadow", "clear", "--deployment", "digits")

    run(system, "python", "-c", program.replace("http://127.0.0.1:8080", system.endpoints()["api"]))

    newest = system.client.deployment("digits").revisions()[0]
    assert (newest.kind, newest.reason) == ("promotion", "better on night images")


def test_the_figures_of_the_demo_are_true(system: System, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    told = run(system, "umbra", "demo", "--running", "--rounds", "2", "--json", str(file))

    assert "revision 2 is active: digits-large@1 is the champion from here on" in told
    figures = json.loads(file.read_text())
    assert (figures["images"], figures["holds"]) == (400, True)
    check_comparison(figures)
    check_switch(figures, system)


def check_comparison(figures: dict[str, Any]) -> None:
    """One round of scenes, judged by both."""
    totals = {slot: versions[0]["totals"] for slot, versions in figures["metrics"]["slots"].items()}
    assert {slot: (t["images"], t["failed"]) for slot, t in totals.items()} == {
        "champion": (200, 0),
        "shadow": (200, 0),
    }
    (pair,) = figures["comparisons"]["pairs"]
    assert (pair["complete"], pair["waiting"], pair["orphans"]) == (200, 0, 0)
    assert 0.5 < pair["agreement"] < 0.95
    assert 0.5 < pair["matched_iou"] <= 1.0


def check_switch(figures: dict[str, Any], system: System) -> None:
    """Where it says the new revision begins are its markers, and all images are on one side of them."""
    promotion = figures["promotion"]
    assert (promotion["revision"], promotion["state"], promotion["kind"]) == (2, "active", "promotion")
    assert {slot: held["model_version"] for slot, held in promotion["slots"].items()} == {
        "champion": "digits-large@1",
        "shadow": "digits-small@1",
    }
    deployment = promotion["deployment"].encode()
    records = system.records(system.kafka.topics.images)
    images = [r for r in records if ("deployment", deployment) in r.headers]
    marker = ("umbra-marker", deployment + b"@2")
    markers = {str(r.partition): r.offset for r in records if marker in r.headers}
    assert promotion["starts"] == markers
    for proof in figures["switch"]:
        for side, is_before in (("before", True), ("after", False)):
            landed = [r for r in images if (r.offset < markers[str(r.partition)]) == is_before]
            assert sum(proof[side].values()) == len(landed) > 0
        assert (proof["sent"], proof["wrong"], proof["doubled"], proof["holds"]) == (400, 0, 0, True)
    assert [proof["slot"] for proof in figures["switch"]] == ["champion", "shadow"]


def test_a_demo_that_is_terminated_leaves_no_process_and_no_directory(tmp_path: Path) -> None:
    with a_demo(tmp_path) as process:
        until(lambda: process.poll() is not None or found(tmp_path), 120)
        assert process.poll() is None
        pids = [pid for pids in found(tmp_path)[0].processes.values() for pid in pids]
        assert any(map(is_running, pids))
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 130
    assert not any(map(is_running, pids))
    assert list(tmp_path.glob("umbra-demo-*")) == []


@contextmanager
def a_demo(directory: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A long one, whose temporary files are made in `directory`."""
    Ports().any()  # the directory of reservations is there
    reservations = Path(tempfile.gettempdir()) / f"umbra-ports-{os.getuid()}"
    (directory / reservations.name).symlink_to(reservations)  # shared with the other stacks of this machine
    environ = os.environ | {"TMPDIR": str(directory)}
    with subprocess.Popen([*DEMO, "--rounds", "100"], env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def found(directory: Path) -> list[Endpoints]:
    """Of the demo's stack, once it is ready."""
    read = (Endpoints.read(data_dir) for data_dir in directory.glob("umbra-demo-*"))
    return [endpoints for endpoints in read if endpoints is not None]
