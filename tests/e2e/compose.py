"""The compose stack as a test drives it: a project and ports of its own, images built from the checkout."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import umbra
from umbra.local.ports import LOOPBACK, Ports
from umbra.settings import KafkaSettings

ROOT = Path(__file__).parents[2]


class Compose:
    """`docker compose` for one project.

    Attributes:
        client: of its API and ingest, on this machine.
    """

    def __init__(self) -> None:
        ports = Ports()
        self._ports = {name: str(ports.any()) for name in ("API_PORT", "INGEST_PORT", "KAFKA_PORT")}
        self._command = ("docker", "compose", "-p", f"umbra-test-{uuid4().hex[:8]}")
        at = {name: f"http://{LOOPBACK}:{port}" for name, port in self._ports.items()}
        self.client = umbra.Client(at["API_PORT"], ingest_url=at["INGEST_PORT"])

    def __call__(self, *arguments: str, seconds: float = 600.0) -> str:
        """Run a subcommand; what it printed.

        Raises:
            AssertionError: it failed; the text has its words.
        """
        command = (*self._command, "-f", str(ROOT / "deploy/docker-compose.yml"), *arguments)
        return run(*command, seconds=seconds, **self._ports)

    @cached_property
    def kafka(self) -> KafkaSettings:
        """How a producer on this machine reaches Kafka."""
        return KafkaSettings(kafka_bootstrap=f"{LOOPBACK}:{self._ports['KAFKA_PORT']}")

    def containers(self, service: str) -> list[dict[str, Any]]:
        """What the engine knows of each replica, stopped ones too."""
        ids = self("ps", "--all", "--quiet", service).split()
        found: list[dict[str, Any]] = json.loads(run("docker", "inspect", *ids))
        return found

    def up(self, *arguments: str) -> None:
        """Start what is not there, and wait until all of it is healthy.

        Raises:
            AssertionError: something is not; the text has the last words of all.
        """
        try:
            self("up", "--detach", "--wait", *arguments)
        except AssertionError as err:
            err.add_note(self("logs", "--tail", "25", "--no-color"))
            raise


def run(*command: str, seconds: float = 600.0, **environ: str) -> str:
    """What a command printed.

    Raises:
        AssertionError: it failed; the text has its words.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-3000:]}{done.stderr[-6000:]}"
    return done.stdout


@contextmanager
def stack() -> Iterator[Compose]:
    """A stack that runs; nothing of it is left in the end, volumes neither."""
    compose = Compose()
    compose("build", seconds=1800)
    with compose.client:
        try:
            compose.up()
            yield compose
        finally:
            compose("--profile", "*", "down", "--volumes", "--timeout", "20")
