"""The servers that integration and e2e tests share, by backend: UMBRA_TEST_BACKEND names one."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests import containers
from umbra.local.console import Console
from umbra.local.jars import ensure_jars
from umbra.local.kafka import Kafka, find_java
from umbra.local.leash import Spec
from umbra.local.ports import Ports
from umbra.local.postgres import Postgres
from umbra.local.readiness import Check, wait_until
from umbra.local.supervisor import Supervisor

READY_S = 60.0


class Backend(NamedTuple):
    """How to start each server in a directory: contexts of Kafka's bootstrap, and of a superuser's DSN."""

    kafka: Callable[[Path], AbstractContextManager[str]]
    postgres: Callable[[Path], AbstractContextManager[str]]


@contextmanager
def embedded_kafka(directory: Path, port: int | None = None) -> Iterator[str]:
    ports = Ports()
    kafka = Kafka(directory, port or ports.any(), ports.any(), ensure_jars(), find_java())
    kafka.prepare()
    with _running(kafka.process(), kafka.is_ready, directory / "output.log"):
        yield kafka.address


@contextmanager
def embedded_postgres(directory: Path) -> Iterator[str]:
    postgres = Postgres(directory, Ports().any(), durable=False)
    postgres.prepare()
    with _running(postgres.process(), postgres.is_ready, directory / "output.log"):
        yield postgres.address


BACKENDS = {
    "embedded": Backend(embedded_kafka, embedded_postgres),
    "containers": Backend(containers.kafka, containers.postgres),
}


def backend() -> Backend:
    return BACKENDS[os.environ.get("UMBRA_TEST_BACKEND", "embedded")]


@contextmanager
def _running(spec: Spec, is_ready: Check, log: Path) -> Iterator[None]:
    with log.open("w") as file, Supervisor(Console(file)) as supervisor:
        supervisor.start(spec)
        wait_until({spec.name: is_ready}, READY_S)
        yield
