"""`umbra models inspect` and `try`: a file on this machine, no server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.integration.api import CHAMPION
from tests.unit.checker import bad_models
from tests.unit.onnx.graphs import make_ambiguous, make_detector

SCENE = sorted(Path("examples/digits/scenes/val").glob("????.png"))[0]
NO_SERVER = {"UMBRA_API_URL": "http://127.0.0.1:9"}


def umbra(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "umbra.cli", "models", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **NO_SERVER}, timeout=120
    )


def test_inspect_says_what_was_found_guessed_and_measured() -> None:
    said = umbra("inspect", CHAMPION)

    assert said.returncode == 0, said.stderr
    for part in ("found", "head = yolov8-detect", "guessed", "measured", "head: yolov8-detect"):
        assert part in said.stdout


def test_what_inspect_shows_is_a_manifest_that_add_and_try_take(tmp_path: Path) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text(umbra("inspect", CHAMPION).stdout.partition("manifest\n")[2])

    said = umbra("inspect", CHAMPION, "--manifest", manifest, "--json")

    assert json.loads(said.stdout)["report"]["guessed"] == []


def test_what_no_file_says_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(make_detector(metadata={}))

    said = umbra("inspect", file)

    assert said.returncode == 4
    assert "missing" in said.stdout
    assert "labels" in said.stdout


def test_an_ambiguous_file_lists_the_candidates(tmp_path: Path) -> None:
    file, manifest = tmp_path / "m.onnx", tmp_path / "m.yaml"
    file.write_bytes(make_ambiguous())
    manifest.write_text("labels: [a, b]\n")

    said = umbra("inspect", file, "--manifest", manifest)

    assert said.returncode == 4
    lines = said.stdout.partition("candidates")[2].splitlines()
    assert {"yolov5-detect", "yolox"} <= {line.split()[2] for line in lines if "head = " in line}


@pytest.mark.parametrize(
    ("raw", "says"),
    [(b"PK\x03\x04 a zip", "Not an ONNX file"), (bad_models.weights_elsewhere(), "in another file")],
)
def test_inspect_says_why_a_file_cannot_be_used(tmp_path: Path, raw: bytes, says: str) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(raw)

    said = umbra("inspect", file)

    assert said.returncode == 4
    assert says in " ".join(said.stdout.split())


def test_an_unknown_key_of_a_manifest_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text("lables: [a]\n")

    said = umbra("inspect", CHAMPION, "--manifest", manifest)

    assert said.returncode == 4
    assert "unknown field `lables`" in said.stderr


def test_try_finds_and_draws_the_shapes(tmp_path: Path) -> None:
    drawn = tmp_path / "out.png"

    said = umbra("try", CHAMPION, SCENE, "--save", drawn, "--json")

    assert said.returncode == 0, said.stderr
    shapes = json.loads(said.stdout)
    assert shapes
    assert all(shape["type"] == "rectangle" for shape in shapes)
    before, after = cv2.imread(str(SCENE)), cv2.imread(str(drawn))
    assert before is not None
    assert after is not None
    assert before.shape == after.shape
    assert (before != after).any()


def test_try_refuses_what_is_no_image(tmp_path: Path) -> None:
    said = umbra("try", CHAMPION, CHAMPION)

    assert said.returncode == 4
    assert "det_champion.onnx" in said.stderr
