"""A service as a process of its own, told everything by variables."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from umbra.local.ports import LOOPBACK, Ports
from umbra.local.readiness import answers

PORT_OF = {"api": "UMBRA_API_PORT", "ingest": "UMBRA_INGEST_PORT", "model_checker": "UMBRA_CHECKER_PORT"}


class ServiceProcess:
    """A running service.

    Attributes:
        url: of what it serves; of its health, where that is all it serves.
    """

    def __init__(self, name: str, variables: Mapping[str, str], log: Path) -> None:
        port = Ports().any()
        self.url = f"http://{LOOPBACK}:{port}"
        self._log = log
        own = {PORT_OF.get(name, "UMBRA_METRICS_PORT"): str(port)}
        with log.open("w") as file:
            command = [sys.executable, "-m", f"services.{name}"]
            environ = {**os.environ, **variables, **own}
            self._process = subprocess.Popen(command, env=environ, stdout=file, stderr=file)

    def is_ready(self) -> bool:
        """Whether it says so; fails when it has ended."""
        assert self.runs(), self.log()
        return answers(f"{self.url}/readyz")

    def readiness(self) -> str:
        """What it says of being ready; empty as long as it says nothing."""
        try:
            return httpx.get(f"{self.url}/readyz").text
        except httpx.TransportError:
            return ""

    def runs(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        return self._log.read_text()

    def exit_code(self) -> int:
        """Of a service that ends by itself."""
        return self._process.wait(60)

    def stop(self) -> int:
        """Exit code after SIGTERM."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def service(name: str, variables: Mapping[str, str], log: Path) -> Iterator[ServiceProcess]:
    """A service, killed at the end if it still runs."""
    process = ServiceProcess(name, variables, log)
    try:
        yield process
    finally:
        process.kill()
