"""A check has an answer, whatever the model does to the process that runs it."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.checker import bad_models
from tests.unit.onnx.graphs import LABELS, make_detector
from umbra.checker.check import check
from umbra.checker.limits import Limits
from umbra.checker.request import Answer, Question, head_of

GENEROUS = Limits(memory_bytes=4_000_000_000, timeout_s=60.0)


def checked(
    directory: Path, raw: bytes, given: Mapping[str, Any] | None = None, limits: Limits = GENEROUS
) -> Answer:
    request = directory / "request"
    request.write_bytes(head_of(Question("m", dict(given or {}))) + raw)
    return check(request, limits)


def running_on(request: Path) -> list[str]:
    """The processes that have this request on their command line."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(request) in line]


def test_a_sound_model_is_run_and_measured(tmp_path: Path) -> None:
    answer = checked(tmp_path, make_detector())

    assert answer.report.refusals == []
    assert answer.manifest is not None
    assert answer.manifest["labels"] == list(LABELS)
    measured = answer.report.measurements
    assert measured is not None
    assert (measured.fixed_batch, measured.batches) == (None, [1, 2, 8])
    assert (measured.fixed_size, measured.sizes) == (True, [(32, 48)])
    assert measured.latency_ms["1"] > 0
    assert measured.latency_ms["8"] > 0


@pytest.mark.parametrize(
    ("raw", "given", "code", "says"),
    [
        (make_detector()[:300], {}, "no-onnx", "cut off"),
        (b"PK\x03\x04 a zip archive", {}, "no-onnx", "Not an ONNX file"),
        (b"", {}, "no-onnx", "no graph"),
        (bad_models.weights_elsewhere(), {}, "external-data", "in another file"),
        (bad_models.weights_elsewhere("beside.bin"), {}, "external-data", "in another file"),
        (bad_models.custom_operator(), {}, "custom-operator", "acme.ops.Magic"),
        (bad_models.unknown_layout(), {}, "no-head", "No head"),
        (bad_models.nan_weights(), {}, "non-finite", "NaN"),
        (bad_models.takes_memory(gigabytes=100), {}, "memory", "Failed to allocate"),
        (make_detector(), {"labels": ["a"]}, "labels", "There are 1 labels"),
        (make_detector(), {"head": "yolov8-detect", "labels": ["a"]}, "labels", "so many labels"),
        (make_detector(), {"head": "no-such"}, "no-head", "no head 'no-such'"),
        (make_detector(), {"head": "detr"}, "no-head", "does not read"),
        (make_detector(), {"input": {"size": [1, 1]}}, "manifest", "size, layout or colour"),
        (make_detector(metadata={}), {}, "missing", "labels"),
    ],
)
def test_a_bad_model_is_refused_with_the_reason(
    tmp_path: Path, raw: bytes, given: dict[str, Any], code: str, says: str
) -> None:
    answer = checked(tmp_path, raw, given)

    assert answer.manifest is None
    assert code in [fault.code for fault in answer.report.refusals]
    assert any(says in fault.detail for fault in answer.report.refusals)
    assert all(fault.remedy for fault in answer.report.refusals)


def test_a_model_that_loops_for_ever_is_killed(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=4_000_000_000, timeout_s=5.0)
    started = time.monotonic()

    answer = checked(tmp_path, bad_models.loops_for_ever(), limits=limits)

    assert [fault.code for fault in answer.report.refusals] == ["time"]
    assert time.monotonic() - started < 15
    assert running_on(tmp_path / "request") == []


@pytest.mark.parametrize(("memory_bytes", "refusals"), [(1_000_000_000, ["memory"]), (4_000_000_000, [])])
def test_a_model_may_take_as_much_memory_as_is_set(
    tmp_path: Path, memory_bytes: int, refusals: list[str]
) -> None:
    raw = bad_models.takes_memory(gigabytes=1)

    answer = checked(tmp_path, raw, limits=Limits(memory_bytes, timeout_s=60.0))

    assert [fault.code for fault in answer.report.refusals] == refusals


def test_a_domain_of_operators_can_be_allowed(tmp_path: Path) -> None:
    limits = Limits(4_000_000_000, 60.0, operator_domains=("acme.ops",))

    answer = checked(tmp_path, bad_models.custom_operator(), limits=limits)

    # ONNX Runtime has no such operator either, but now it is asked.
    assert [fault.code for fault in answer.report.refusals] == ["not-run"]


def test_the_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    request = tmp_path / "request"
    request.write_bytes(head_of(Question("m")) + bad_models.loops_for_ever())
    program = (
        "import sys; from pathlib import Path; from umbra.checker.check import check;"
        "from umbra.checker.limits import Limits; check(Path(sys.argv[1]), Limits(4_000_000_000, 60.0))"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(request)], cwd=os.getcwd())
    until_true(lambda: any("-m umbra.checker" in line for line in running_on(request)))

    parent.kill()
    parent.wait()

    until_true(lambda: running_on(request) == [])


def until_true(probe: Any) -> None:
    deadline = time.monotonic() + 30
    while not probe():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_graph_that_takes_one_image_whatever_it_declares_is_found_out(tmp_path: Path) -> None:
    answer = checked(tmp_path, bad_models.static_batch_inside())

    assert answer.manifest is not None
    assert [fault.code for fault in answer.report.warnings] == ["one-by-one"]
    assert answer.report.measurements is not None
    assert answer.report.measurements.batches == [1]


def test_a_fixed_batch_is_recorded(tmp_path: Path) -> None:
    measured = checked(tmp_path, make_detector(batch=4)).report.measurements

    assert measured is not None
    assert (measured.fixed_batch, measured.batches) == (4, [4])


def test_no_secret_of_the_service_reaches_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    stand_in = tmp_path / "python"
    stand_in.write_text(f"#!/bin/sh\nenv > {seen}\n")
    stand_in.chmod(0o700)
    monkeypatch.setenv("UMBRA_POSTGRES_DSN", "postgresql://u:opensesame@db")
    monkeypatch.setattr(sys, "executable", str(stand_in))

    answer = checked(tmp_path, b"")

    assert [fault.code for fault in answer.report.refusals] == ["crashed"]
    assert "opensesame" not in seen.read_text()
