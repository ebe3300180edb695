"""Waits for replays and has them run, one at a time, each in a process of its own (`umbra.worker.replaying`).

It needs no model and no OpenCV itself: while there is nothing to replay it costs next to nothing.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Gauge

from umbra import health
from umbra.contracts.worker_status import WorkerStatus
from umbra.control.view import ControlTopic
from umbra.core.errors import Retryable
from umbra.core.names import REPLAYS
from umbra.core.replay import Replay
from umbra.kafka.producer import Producer
from umbra.settings import PREFIX
from umbra.worker.machine import machine_id
from umbra.worker.settings import Settings
from umbra.worker.start import wait_for_kafka
from umbra.worker.status import Reporter, boot_id, installed_version, memory_bytes

log = logging.getLogger(__name__)

NICE = 19
"""Of replays: whoever wants the processor has it."""

_LOOK_EVERY_S = 0.5
_PAUSE_S = 5.0
"""After a process that failed: what it needs may come back, and others have their turn."""
_STOP_S = 70.0


def run(settings: Settings, stopping: threading.Event) -> int:
    """Work until `stopping` is set; the exit code.

    Raises:
        Refused: topics, rights or port are not as they must be.
    """
    if not wait_for_kafka(settings, REPLAYS, stopping):
        return 0
    registry = CollectorRegistry()
    running = Gauge("umbra_replay_running", "Whether a replay is being run.", registry=registry)
    if settings.metrics_port:
        health.serve(settings.metrics_host, settings.metrics_port, registry, lambda: None)
    producer = Producer(settings)
    reporter = Reporter(producer, settings.topics.workers, partial(_status, settings, boot_id()))
    reporting = threading.Thread(target=reporter.run, args=(stopping,), name="status", daemon=True)
    reporting.start()
    with ControlTopic(settings) as control:
        _Runner(settings, control, running).run(stopping)
    reporting.join(5.0)
    producer.close()
    return 0


def next_replay(replays: Mapping[str, Replay], failures: Mapping[str, int]) -> Replay | None:
    """The one whose turn it is: that failed least, then the oldest; None when none is open."""
    waiting = (replay for replay in replays.values() if replay.state == "open")
    return min(waiting, key=lambda r: (failures.get(r.id, 0), r.requested_at, r.id), default=None)


class _Runner:
    def __init__(self, settings: Settings, control: ControlTopic, running: Gauge) -> None:
        self._settings = settings
        self._control = control
        self._running = running
        self._failures: Counter[str] = Counter()

    def run(self, stopping: threading.Event) -> None:
        self._read_control(stopping)
        while not stopping.wait(_LOOK_EVERY_S):
            replay = next_replay(self._control.replays, self._failures)
            if replay is not None:
                self._run_one(replay, stopping)

    def _read_control(self, stopping: threading.Event) -> None:
        """To its end: what looks open may have been settled since."""
        while not stopping.is_set():
            try:
                self._control.read_to_end()
                return
            except Retryable as err:
                log.warning("Waiting for the control topic.", extra={"reason": str(err)})

    def _run_one(self, replay: Replay, stopping: threading.Event) -> None:
        log.info("A replay begins.", extra={"replay": replay.id, "model": replay.model.model_version})
        self._running.set(1)
        code = self._wait_for(_start(replay, self._settings), stopping)
        self._running.set(0)
        if code and not stopping.is_set():
            self._failures[replay.id] += 1
            log.error("A replay's process failed.", extra={"replay": replay.id, "exit_code": code})
            stopping.wait(_PAUSE_S)

    def _wait_for(self, process: "subprocess.Popen[bytes]", stopping: threading.Event) -> int:
        while process.poll() is None:
            if stopping.wait(_LOOK_EVERY_S):
                process.terminate()
                try:
                    process.wait(_STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        return process.returncode


def _start(replay: Replay, settings: Settings) -> "subprocess.Popen[bytes]":
    # Its standard input is a pipe that nobody writes to: when it closes, we are gone, and it goes too.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "umbra.worker.replaying", replay.id],
        stdin=subprocess.PIPE,
        env={**os.environ, f"{PREFIX}WORKER_INDEX": _index(settings)},
    )


def _index(settings: Settings) -> str:
    return settings.worker_index or socket.gethostname()


def _status(settings: Settings, boot: str) -> WorkerStatus:
    return WorkerStatus(
        worker=settings.topics.worker(REPLAYS, _index(settings)),
        boot=boot,
        slot=REPLAYS,
        version=installed_version(),
        machine=machine_id(),
        memory_bytes=memory_bytes(),
    )
