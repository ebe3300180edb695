"""Kafka and PostgreSQL from the images of the compose file, for UMBRA_TEST_BACKEND=containers."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

from umbra.core.errors import Retryable
from umbra.kafka.admin import Admin
from umbra.local.ports import LOOPBACK, Ports
from umbra.local.readiness import wait_until
from umbra.settings import KafkaSettings

COMPOSE = Path(__file__).parents[1] / "deploy/docker-compose.yml"
READY_S = 120.0


@contextmanager
def kafka(directory: Path) -> Iterator[str]:
    """The broker of the compose file, on a port of its own; `directory` is not needed."""
    port = Ports().any()
    container = DockerContainer(_image("kafka")).with_bind_ports(9092, port)
    settings = _service("kafka")["environment"] | {
        # A broker talks to itself, too, where the host's port is not to be found.
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://localhost:19092,HOST://{LOOPBACK}:{port}",
    }
    for name, value in settings.items():
        container.with_env(name, str(value))
    with container:
        address = f"{LOOPBACK}:{port}"
        wait_until({"Kafka": lambda: _answers(address)}, READY_S)
        yield address


@contextmanager
def postgres(directory: Path) -> Iterator[str]:
    """The database server of the compose file; what is committed need not survive it."""
    container = PostgresContainer(_image("postgres"), username="umbra", dbname="umbra", driver=None)
    container.with_command("postgres -c fsync=off -c synchronous_commit=off -c full_page_writes=off")
    with container as server:
        yield server.get_connection_url().replace("localhost", LOOPBACK)


def _service(name: str) -> Any:
    return yaml.safe_load(COMPOSE.read_text())["services"][name]


def _image(service: str) -> str:
    """`${NAME:-default}` as compose reads it."""
    found = re.fullmatch(r"\$\{(\w+):-(.+)\}", _service(service)["image"])
    assert found is not None
    return os.environ.get(found[1]) or found[2]


def _answers(address: str) -> bool:
    try:
        Admin(KafkaSettings(kafka_bootstrap=address)).partitions(timeout_s=2)
    except Retryable:
        return False
    return True
