"""`umbra up` without its services: start, stop, and every way of being killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from tests.integration.stack_program import Program, running
from tests.unit.local.processes import is_running, until
from umbra.kafka.admin import Admin
from umbra.local.endpoints import Endpoints
from umbra.local.readiness import answers
from umbra.settings import KafkaSettings, PostgresSettings

PROCESSES = {
    "kafka",
    "postgres",
    "ingest",
    "champion_worker",
    "shadow_worker",
    "replay_worker",
    "monitor",
    "model_checker",
    "api",
}


def up(data_dir: Path, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "umbra.cli", "up", "--data-dir", str(data_dir), *arguments]
    return subprocess.run(
        command, env=os.environ | environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One stack, everything embedded; the tests that share it follow its life."""
    with running(tmp_path_factory.mktemp("stack") / "data") as program:
        yield program


def test_all_processes_run(program: Program) -> None:
    assert program.pids.keys() == PROCESSES
    assert all(is_running(pid) for pid in program.pids.values())


def test_what_services_tell_prometheus_is_found_in_the_file_and_in_the_log(program: Program) -> None:
    metrics = program.endpoints.metrics
    assert metrics.keys() == PROCESSES - {"kafka", "postgres"}
    for name in ("champion_worker", "shadow_worker", "replay_worker", "monitor"):
        assert answers(metrics[name])
        assert f"metrics     {metrics[name]} ({name})\n" in program.log


def test_the_topics_are_made_and_bounded(program: Program) -> None:
    partitions = Admin(KafkaSettings(kafka_bootstrap=program.endpoints.kafka)).partitions()
    assert partitions["umbra.images"] == partitions["umbra.predictions.shadow"] == 4


def test_a_second_one_in_the_same_directory_says_so_and_stops(program: Program) -> None:
    second = up(program.data_dir)
    assert second.returncode == 4
    assert f"`umbra up` already runs on {program.data_dir} (process {program.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr
    assert program.pids.keys() == PROCESSES


def test_a_process_that_is_killed_comes_back_under_another_id(program: Program) -> None:
    for name in ("champion_worker", "kafka"):
        pid = program.pids[name]
        os.kill(pid, signal.SIGKILL)
        until(lambda name=name, pid=pid: program.pids.get(name, pid) != pid)  # type: ignore[misc]


def test_nothing_outlives_a_kill_and_the_next_start_keeps_the_data(program: Program) -> None:
    pids = program.pids
    topic_id = Admin(KafkaSettings(kafka_bootstrap=program.endpoints.kafka)).topic_id("umbra.images", 30)
    program.process.kill()
    program.process.wait()  # a zombie would look alive
    with running(program.data_dir) as again:
        assert not any(is_running(pid) for pid in pids.values())
        found = KafkaSettings(kafka_bootstrap=again.endpoints.kafka)
        assert Admin(found).topic_id("umbra.images") == topic_id


@pytest.fixture
def given(kafka_server: str, postgres: PostgresSettings) -> tuple[str, str]:
    return kafka_server, make_conninfo(postgres.postgres_dsn.get_secret_value())


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, -signal.SIGINT)])
def test_a_clean_stop_leaves_nothing_running(
    tmp_path: Path, given: tuple[str, str], how: signal.Signals, code: int
) -> None:
    with running(tmp_path / "data", *given) as program:
        pids = program.pids
        assert pids.keys() == PROCESSES - {"kafka", "postgres"}
        program.process.send_signal(how)
        assert program.process.wait(120) == code
    assert not any(is_running(pid) for pid in pids.values())
    assert Endpoints.read(tmp_path / "data") is None


def test_two_stacks_live_side_by_side_and_say_how_each_is_reached(
    tmp_path: Path, given: tuple[str, str]
) -> None:
    with running(tmp_path / "a", *given) as a, running(tmp_path / "b", *given) as b:
        assert a.endpoints.api != b.endpoints.api
        # Of the second at least the API is not at its usual place.
        assert f"export UMBRA_API_URL={b.endpoints.api}" in b.endpoints.exports()
        for program in (a, b):
            until(lambda program=program: "Ctrl-C stops it." in program.log)  # type: ignore[misc]
            said = [line for line in program.log.splitlines() if "export UMBRA_" in line]
            assert [line[line.index("export") :] for line in said] == program.endpoints.exports()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"UMBRA_MIN_FREE_BYTES": str(10**18)}, "GB are free"),
        ({"UMBRA_PARTITON": "4"}, "Unknown variable UMBRA_PARTITON. Did you mean UMBRA_PARTITIONS?"),
        ({"UMBRA_API_PORT": "many"}, "UMBRA_API_PORT"),
        ({"UMBRA_JAVA": "/no/java"}, "There is no Java at /no/java"),
        ({"UMBRA_KAFKA_SECURITY_PROTOCOL": "SSL"}, "name it with --kafka"),
        ({"UMBRA_POSTGRES_DSN_FILE": "/no/dsn"}, "UMBRA_POSTGRES_DSN_FILE: /no/dsn cannot be read"),
    ],
)
def test_an_unfit_environment_is_a_sentence(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    refused = up(tmp_path, **environ)
    assert refused.returncode == 4
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_that_was_asked_for_and_is_taken_is_refused(tmp_path: Path, kafka_server: str) -> None:
    port = kafka_server.rpartition(":")[2]
    refused = up(tmp_path, UMBRA_INGEST_PORT=port)
    assert refused.returncode == 4
    assert f"Port {port} of UMBRA_INGEST_PORT is in use" in refused.stderr


def test_a_given_kafka_that_is_away_is_said_so(tmp_path: Path, given: tuple[str, str]) -> None:
    refused = up(tmp_path, "--kafka", "127.0.0.1:1", "--postgres", given[1])
    assert refused.returncode == 3
    assert "Kafka at 127.0.0.1:1 does not answer" in refused.stderr
