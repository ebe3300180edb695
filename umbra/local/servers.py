"""Kafka and PostgreSQL of a local stack: embedded ones, or those the user names."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from umbra.local.jars import ensure_jars
from umbra.local.kafka import Kafka, find_java
from umbra.local.ports import Ports
from umbra.local.postgres import Postgres
from umbra.local.readiness import wait_until
from umbra.local.supervisor import Supervisor
from umbra.settings import LocalSettings

KAFKA_PORT = 9092
POSTGRES_PORT = 5432

_READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Given:
    """A server that somebody else runs."""

    address: str


class Servers(NamedTuple):
    """The two servers of a stack; `address` of each is what clients need."""

    kafka: Kafka | Given
    postgres: Postgres | Given

    @property
    def embedded(self) -> list[Kafka | Postgres]:
        return [server for server in self if not isinstance(server, Given)]


def embedded_kafka(directory: Path, ports: Ports, settings: LocalSettings) -> Kafka:
    """A Kafka in `directory`; fetches its jars the first time."""
    cache = Path(settings.package_cache) if settings.package_cache else None
    java = find_java(settings.java)
    return Kafka(directory, ports.usual(KAFKA_PORT), ports.any(), ensure_jars(cache), java)


def embedded_postgres(directory: Path, ports: Ports) -> Postgres:
    """A PostgreSQL in `directory`."""
    return Postgres(directory, ports.usual(POSTGRES_PORT))


def start(servers: Servers, supervisor: Supervisor) -> None:
    """Prepare and start the embedded servers, side by side; does not wait until they are ready."""
    with ThreadPoolExecutor() as threads:  # a second each, the first time
        for prepared in [threads.submit(server.prepare) for server in servers.embedded]:
            prepared.result()
    supervisor.start(*(server.process() for server in servers.embedded))


def wait_for(server: Kafka | Postgres | Given) -> None:
    """Return when the server can be used; a given one is believed.

    Raises:
        TimedOut: it is not ready within a minute.
    """
    if not isinstance(server, Given):
        wait_until({server.process().name: server.is_ready}, _READY_S)
