import json
import stat
from pathlib import Path

from umbra.local import endpoints
from umbra.local.endpoints import Endpoints

SOME = Endpoints(
    "http://127.0.0.1:8080", "http://127.0.0.1:8081", "127.0.0.1:9092", "postgresql://…", {"api": [7]}
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
    assert list(json.loads(file.read_text())) == ["api", "ingest", "kafka", "postgres", "processes"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
