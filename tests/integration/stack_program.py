"""A local stack whose services only say that they are ready, as a program and as tests drive it.

python -m tests.integration.stack_program DATA_DIR [KAFKA POSTGRES]
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.unit.local.processes import until
from umbra.cli.up import run_until_stopped
from umbra.local import endpoints
from umbra.local.console import Console
from umbra.local.endpoints import Endpoints
from umbra.local.services import Addresses, Service, services
from umbra.local.stack import Options, Stack

_SAYS_READY = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


def stand_ins(data_dir: Path, addresses: Addresses, shared: Mapping[str, str]) -> list[Service]:
    """The services, each replaced by a few lines that answer every request with 200."""
    return [
        replace(service, spec=replace(service.spec, command=_command(addresses.ports[service.spec.name])))
        for service in services(data_dir, addresses, shared)
    ]


def _command(port: int) -> tuple[str, ...]:
    return (sys.executable, "-c", _SAYS_READY, str(port))


@dataclass
class Program:
    """The running program."""

    process: "subprocess.Popen[bytes]"
    data_dir: Path

    @property
    def endpoints(self) -> Endpoints:
        found = Endpoints.read(self.data_dir)
        assert found is not None
        return found

    @property
    def pids(self) -> dict[str, int]:
        return {name: pids[0] for name, pids in self.endpoints.processes.items() if pids}

    @property
    def log(self) -> str:
        return _log(self.data_dir).read_text()


@contextlib.contextmanager
def running(data_dir: Path, *given: str) -> Iterator[Program]:
    """The program, ready; killed at the end if it still runs, which ends all it started."""
    endpoints.remove(data_dir)  # of one that was killed
    command = [sys.executable, "-m", "tests.integration.stack_program", str(data_dir), *given]
    with _log(data_dir).open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            until(lambda: Endpoints.read(data_dir) is not None or process.poll() is not None, 180)
            assert process.poll() is None, _log(data_dir).read_text()
            yield Program(process, data_dir)
        finally:
            process.kill()


def _log(data_dir: Path) -> Path:
    return data_dir.with_suffix(".log")


def main(data_dir: str, kafka: str | None = None, postgres: str | None = None) -> None:
    options = Options(Path(data_dir), kafka, postgres)
    run_until_stopped(Stack(options, Console(sys.stdout), stand_ins))


if __name__ == "__main__":
    os.environ.pop("UMBRA_TEST_BACKEND", None)
    main(*sys.argv[1:])
