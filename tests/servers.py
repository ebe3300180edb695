"""The servers that integration and e2e tests share, by backend: UMBRA_TEST_BACKEND names one."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from tests import containers
from umbra.local.console import Console
from umbra.local.jars import ensure_jars
from umbra.local.kafka import Kafka, find_java
from umbra.local.leash import Spec
from umbra.local.ports import Ports
from umbra.local.postgres import Postgres
from umbra.local.readiness import Check, wait_until
from umbra.local.supervisor import Supervisor
from umbra.settings import PostgresSettings

READY_S = 60.0


class Backend(NamedTuple):
    """How to start each server in a directory: contexts of Kafka's bootstrap, and of a superuser's DSN."""

    kafka: Callable[[Path], AbstractContextManager[str]]
    postgres: Callable[[Path], AbstractContextManager[str]]


@contextmanager
def embedded_kafka(directory: Path, port: int | None = None) -> Iterator[str]:
    ports = Ports()
    kafka = Kafka(directory, port or ports.any(), ports.any(), ensure_jars(), find_java())
    with running_kafka(kafka):
        yield kafka.address


@contextmanager
def running_kafka(kafka: Kafka) -> Iterator[None]:
    """Until the block ends."""
    kafka.prepare()
    with _running(kafka.process(), kafka.is_ready, kafka.directory / "output.log"):
        yield


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
def migrated_database(server: str, template: str) -> Iterator[PostgresSettings]:
    """A database that nobody else uses; a copy of the template, some 50 ms."""
    name = f"t{uuid.uuid4().hex[:8]}"
    run_statement(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield database_settings(server, name)
    run_statement(server, f"DROP DATABASE {name} WITH (FORCE)")


def database_settings(server: str, database: str) -> PostgresSettings:
    return PostgresSettings(postgres_dsn=SecretStr(make_conninfo(server, dbname=database)))


def run_statement(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def _running(spec: Spec, is_ready: Check, log: Path) -> Iterator[None]:
    with log.open("w") as file, Supervisor(Console(file)) as supervisor:
        supervisor.start(spec)
        wait_until({spec.name: is_ready}, READY_S)
        yield
