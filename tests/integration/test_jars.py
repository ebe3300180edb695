"""Kafka's jars fetched for the first time, from a repository on the loopback interface."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from umbra.core.errors import Refused
from umbra.local.jars import KAFKA_VERSION, ensure_jars

FIRST = ("jspecify-1.0.0.jar", "kafka-tools-api-4.3.1.jar", "slf4j-reload4j-1.7.36.jar")
"""The smallest; all others are there already."""


class Repository(BaseHTTPRequestHandler):
    """Has the jars by their names, whatever their paths, and no checksums.

    Attributes:
        asked: the names so far.
    """

    jars: dict[str, bytes]
    asked: list[str]

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.asked.append(name)
        jar = self.jars.get(name)
        self.send_response(404 if jar is None else 200)
        self.send_header("Content-Length", str(len(jar or b"")))
        self.end_headers()
        self.wfile.write(jar or b"")

    def log_message(self, *args: object) -> None: ...


@contextmanager
def mirror(jars: dict[str, bytes], directory: Path) -> Iterator[Path]:
    """A jgo configuration that names a repository with these jars."""
    Repository.jars, Repository.asked = jars, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Repository)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    configuration = directory / "jgo.conf"
    configuration.write_text(f"[repositories]\nmirror = http://127.0.0.1:{server.server_address[1]}\n")
    try:
        yield configuration
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that lacks the jars of FIRST."""
    directory = tmp_path / "cache" / f"kafka-{KAFKA_VERSION}"
    directory.mkdir(parents=True)
    for jar in ensure_jars().glob("*.jar"):
        if jar.name not in FIRST:
            (directory / jar.name).symlink_to(jar)
    return tmp_path / "cache"


def test_what_is_missing_is_fetched_once_under_a_progress_bar(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    there = ensure_jars()
    jars = {name: (there / name).read_bytes() for name in FIRST}
    with mirror(jars, tmp_path) as configuration:
        monkeypatch.setenv("JGO_CONFIG_FILE", str(configuration))
        capfd.readouterr()

        found = ensure_jars(cache)

        shown = capfd.readouterr().err
        assert f"Fetching Apache Kafka {KAFKA_VERSION}" in shown
        assert "100%" in shown
        assert {name: (found / name).read_bytes() for name in FIRST} == jars
        assert {name for name in Repository.asked if name.endswith(".jar")} == set(FIRST)
        assert {jar.name for jar in found.iterdir()} == {jar.name for jar in there.glob("*.jar")}

        Repository.asked.clear()
        assert ensure_jars(cache) == found
        assert (Repository.asked, capfd.readouterr().err) == ([], "")


def test_another_jar_than_the_expected_is_not_used(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mirror(dict.fromkeys(FIRST, b"not a jar"), tmp_path) as configuration:
        monkeypatch.setenv("JGO_CONFIG_FILE", str(configuration))
        with pytest.raises(Refused, match="Not used"):
            ensure_jars(cache)
    assert not any((cache / f"kafka-{KAFKA_VERSION}" / name).exists() for name in FIRST)
