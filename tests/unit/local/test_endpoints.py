import json
import stat
from dataclasses import replace
from pathlib import Path

from umbra.local import endpoints
from umbra.local.endpoints import Endpoints

SOME = Endpoints(
    api="http://127.0.0.1:8080",
    ingest="http://127.0.0.1:8081",
    kafka="127.0.0.1:9092",
    postgres="postgresql://…",
    processes={"api": [7]},
    metrics={"monitor": "http://127.0.0.1:9103/metrics"},
)


def test_none_are_read_where_nothing_is_ready(tmp_path: Path) -> None:
    assert Endpoints.read(tmp_path) is None
    endpoints.remove(tmp_path)


def test_what_is_written_is_read_until_it_is_removed(tmp_path: Path) -> None:
    SOME.write(tmp_path)
    assert Endpoints.read(tmp_path) == SOME
    endpoints.remove(tmp_path)
    assert Endpoints.read(tmp_path) is None


def test_the_file_has_the_agreed_fields_and_is_private(tmp_path: Path) -> None:
    SOME.write(tmp_path)
    file = tmp_path / "endpoints.json"
    written = json.loads(file.read_text())
    assert list(written) == ["api", "ingest", "kafka", "postgres", "processes", "metrics"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_usual_places_need_no_export() -> None:
    assert SOME.exports() == []


def test_other_places_are_exported_for_the_command_line() -> None:
    elsewhere = replace(SOME, ingest="http://127.0.0.1:18081", kafka="127.0.0.1:19092")
    assert elsewhere.exports() == [
        "export UMBRA_INGEST_URL=http://127.0.0.1:18081",
        "export UMBRA_KAFKA_BOOTSTRAP=127.0.0.1:19092",
    ]
