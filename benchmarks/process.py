"""A service or a loop as a process of its own, and what it costs."""

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil  # type: ignore[import-untyped]

from benchmarks.detectors import ROOT
from benchmarks.ground import Ground
from benchmarks.passage import Clocked
from umbra.local.console import Console
from umbra.local.leash import Spec
from umbra.local.readiness import answers, wait_until
from umbra.local.supervisor import Supervisor

READY_S = 60.0
_EVERY_S = 0.05


class Process:
    """Runs under a supervisor, which starts it again when it ends.

    Attributes:
        clock: its CPU time, taken all the while.
        url: where it answers over HTTP; empty when it was not asked to.
    """

    def __init__(self, name: str, supervisor: Supervisor) -> None:
        self.url = ""
        self.clock: list[Clocked] = []
        self._name = name
        self._supervisor = supervisor
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def starts(self) -> int:
        """How often it was started; more than once, if it was not killed, is a failure."""
        return self._supervisor.starts()[self._name]

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        (pid,) = self._supervisor.pids()[self._name]
        return pid

    def kill(self) -> None:
        """SIGKILL."""
        for pid in self._supervisor.pids()[self._name]:
            psutil.Process(pid).send_signal(signal.SIGKILL)

    def __enter__(self) -> "Process":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closing.wait(_EVERY_S):
            for pid in self._supervisor.pids()[self._name]:
                try:
                    used = psutil.Process(pid).cpu_times()
                except psutil.NoSuchProcess:
                    continue
                self.clock.append(Clocked(time.time(), used.user + used.system))


@contextmanager
def running(ground: Ground, module: Sequence[str], environ: dict[str, str]) -> Iterator[Process]:
    """Run `python -m <module>`; returns at once. Its output is in the ground's directory."""
    spec = Spec(module[0], (sys.executable, "-m", *module), ROOT, environ)
    with (
        open(ground.directory / f"{module[0]}.log", "a") as log,
        Supervisor(Console(log)) as supervisor,
    ):
        supervisor.start(spec)
        with Process(module[0], supervisor) as process:
            yield process


@contextmanager
def ready(
    ground: Ground, module: str, environ: dict[str, str], port: str = "UMBRA_METRICS_PORT"
) -> Iterator[Process]:
    """Run a service, and wait until it says it is ready.

    Args:
        port: the variable of the port where it says so.
    """
    number = ground.ports.any()
    with running(ground, [module], {**environ, port: str(number)}) as process:
        process.url = f"http://127.0.0.1:{number}"
        wait_until({module: lambda: answers(f"{process.url}/readyz")}, READY_S)
        yield process
