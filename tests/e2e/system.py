"""`umbra up` as a test drives it: endpoints, clients, kills."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import umbra
from tests.unit.local.processes import is_running
from umbra.core.errors import Retryable
from umbra.kafka.read import read_topic
from umbra.kafka.record import Record
from umbra.settings import KafkaSettings, PostgresSettings

T = TypeVar("T")


@dataclass
class System:
    """A running system in its own directory."""

    data_dir: Path
    process: "subprocess.Popen[bytes]"
    log: Path

    def endpoints(self) -> dict[str, Any]:
        """The addresses and current process ids, as `umbra up` keeps them."""
        read: dict[str, Any] = json.loads((self.data_dir / "endpoints.json").read_text())
        return read

    @cached_property
    def client(self) -> umbra.Client:
        """A client of its API and ingest."""
        endpoints = self.endpoints()
        return umbra.Client(endpoints["api"], ingest_url=endpoints["ingest"])

    @cached_property
    def kafka(self) -> KafkaSettings:
        """How to reach its Kafka."""
        return KafkaSettings(kafka_bootstrap=self.endpoints()["kafka"])

    @cached_property
    def postgres(self) -> PostgresSettings:
        """How to reach its PostgreSQL."""
        return PostgresSettings(postgres_dsn=self.endpoints()["postgres"])

    def records(self, topic: str) -> list[Record]:
        """What a read-committed consumer finds in a topic."""
        return list(read_topic(self.kafka, topic))

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to the process called `name`; its id."""
        pid: int = self.endpoints()["processes"][name][0]
        os.kill(pid, how)
        return pid

    def stop(self) -> None:
        """Stop it cleanly, and check that it leaves nothing behind."""
        family = descendants(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()  # what it started ends with it
            raise
        assert code == 0, f"`umbra up` ended with {code}.\n{self.tail()}"
        assert [pid for pid in family if is_running(pid)] == [], self.tail()
        assert not (self.data_dir / "endpoints.json").exists()

    def tail(self, lines: int = 60) -> str:
        """The end of its log, for the message of a failed test."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def until(
    probe: Callable[[], T | None], seconds: float = 120.0, *, every: float = 0.2, why: Callable[[], str] = str
) -> T:
    """What `probe` gives once that is true; one that raises `Retryable` is asked again.

    Raises:
        AssertionError: it was not within `seconds`; the text has the last answer and `why()`.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer: T | Retryable | None
        try:
            if answer := probe():
                return answer
        except Retryable as err:
            answer = err
        assert time.monotonic() < deadline, f"Still {answer!r} after {seconds:g} s. {why()}"
        time.sleep(every)


def descendants(parent: int) -> list[int]:
    """The processes a process started, those that they started, and so on."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True, text=True)
    children = defaultdict[int, list[int]](list)
    for line in listed.stdout.splitlines():
        pid, of = map(int, line.split())
        children[of].append(pid)
    found = [parent]
    for pid in found:
        found += children[pid]
    return found[1:]


@contextlib.contextmanager
def running(data_dir: Path, *arguments: str, environ: dict[str, str] | None = None) -> Iterator[System]:
    """`umbra up` until the block ends; then a clean stop that leaves nothing behind."""
    log = data_dir / "up.log"
    command = [sys.executable, "-m", "umbra.cli", "up", "--data-dir", str(data_dir), *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=os.environ | (environ or {})
        )
    system = System(data_dir, process, log)
    try:
        until((data_dir / "endpoints.json").exists, 90, why=system.tail)
        with system.client:
            yield system
    finally:
        system.stop()
