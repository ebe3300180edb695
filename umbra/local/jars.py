"""Apache Kafka's jars: those of `kafka.jars`, fetched once by jgo, shared between checkouts."""

import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs
from rich.console import Console
from rich.progress import track

from umbra.core.errors import Refused, Retryable

KAFKA_VERSION = "4.3.1"

_AT_ONCE = 8


class Jar(NamedTuple):
    """One line of `kafka.jars`; `coordinate` is group:artifact:version."""

    sha256: str
    coordinate: str

    @property
    def filename(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def ensure_jars(cache: Path | None = None) -> Path:
    """The directory with all of Kafka's jars; what is missing is fetched, under a progress bar.

    Args:
        cache: kept there; None: in the user's cache directory.

    Raises:
        Retryable: a jar cannot be fetched.
        Refused: what came is not what `kafka.jars` names.
    """
    directory = (cache or platformdirs.user_cache_path("umbra")) / f"kafka-{KAFKA_VERSION}"
    directory.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in _jars() if not (directory / jar.filename).exists()]
    if missing:
        _fetch(missing, directory)
    return directory


def _jars() -> list[Jar]:
    lines = resources.files("umbra.local").joinpath("kafka.jars").read_text().splitlines()
    return [Jar(*line.split()) for line in lines if not line.startswith("#")]


def _fetch(jars: list[Jar], directory: Path) -> None:
    with (
        tempfile.TemporaryDirectory(dir=directory, prefix="new-") as new,
        ThreadPoolExecutor(_AT_ONCE) as threads,
    ):
        repository = _repository(Path(new))
        fetched = threads.map(lambda jar: _fetch_one(jar, repository, directory), jars)
        for _ in track(
            fetched,
            description=f"Fetching Apache Kafka {KAFKA_VERSION}",
            total=len(jars),
            console=Console(stderr=True),
        ):
            pass


def _repository(directory: Path) -> Any:
    # Half a second to import, and needed the first time only.
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    # A mirror in the user's jgo configuration goes before the central repository.
    remotes = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    return MavenContext(repo_cache=directory, remote_repos=remotes, timeout=60)


def _fetch_one(jar: Jar, repository: Any, directory: Path) -> None:
    group, artifact, version = jar.coordinate.split(":")
    try:
        path: Path = repository.project(group, artifact).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as err:  # requests' errors are OSErrors, jgo's RuntimeErrors
        raise Retryable(f"Cannot fetch {jar.coordinate} for the embedded Kafka: {err}. Try again.") from err
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if sha256 != jar.sha256:
        raise Refused(f"{jar.coordinate} came with sha256 {sha256}, {jar.sha256} is expected. Not used.")
    path.replace(directory / jar.filename)
