"""Tells the others how this worker is, on `umbra.workers`."""

import logging
import resource
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from importlib.metadata import version
from pathlib import Path

import msgspec

from umbra.contracts.wire import encode
from umbra.contracts.worker_status import STATUS_EVERY_S, WorkerStatus
from umbra.core.errors import Refused, Retryable
from umbra.kafka.producer import Producer
from umbra.kafka.record import Place

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.2
_RATE_OVER_S = 10.0


_LAST_WORDS_S = 2.0


class Reporter:
    """Publishes a status every 2 s and when something important changed; a tombstone when it is closed.

    Args:
        status: gives the status of this moment.

    Attributes:
        failure: why the process ends, said in the last status instead of the tombstone; None: all is well.
    """

    def __init__(self, producer: Producer, topic: str, status: Callable[[], WorkerStatus]) -> None:
        self._producer = producer
        self._topic = topic
        self._status = status
        self._published: WorkerStatus | None = None
        self._published_at = 0.0
        self.failure: str | None = None

    def run(self, closing: threading.Event) -> None:
        """Publish until closing, then say goodbye."""
        while not closing.wait(_LOOK_EVERY_S):
            self.look()
        if self.failure is not None:
            publish_failure(self._producer, self._topic, self._status(), self.failure)
        elif self._published is not None:
            self._send(self._published.worker, None)

    def look(self) -> None:
        """Publish if it is time to, or if something important changed."""
        status = self._status()
        due = time.monotonic() - self._published_at >= STATUS_EVERY_S
        if due or self._published is None or _important(status) != _important(self._published):
            self._published, self._published_at = status, time.monotonic()
            self._send(status.worker, encode(status))

    def _send(self, worker: str, value: bytes | None) -> None:
        try:
            sent = self._producer.send(self._topic, key=worker.encode(), value=value)
        except (Refused, Retryable) as err:
            _not_published(err)
        else:
            sent.add_done_callback(_look_at)


def publish_failure(producer: Producer, topic: str, status: WorkerStatus, failure: str) -> None:
    """Say why the process ends, if Kafka takes it at once."""
    last = msgspec.structs.replace(status, failure=failure)
    try:
        producer.send(topic, key=last.worker.encode(), value=encode(last)).result(_LAST_WORDS_S)
    except (Refused, Retryable, TimeoutError) as err:
        _not_published(err)


class Rate:
    """Images per second over the last ten."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def of(self, images: int) -> float:
        """The rate, when `images` is the count so far."""
        now = time.monotonic()
        self._seen.append((now, images))
        while now - self._seen[0][0] > _RATE_OVER_S:
            self._seen.popleft()
        since, before = self._seen[0]
        return round((images - before) / (now - since), 1) if now > since else 0.0


def boot_id() -> str:
    """Another one with every start of the process."""
    return str(uuid.uuid4())


def installed_version() -> str:
    """Of this Umbra, looked up on disk."""
    return version("umbra")


def memory_bytes() -> int:
    """Resident memory of this process; 0 where /proc is not there."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * resource.getpagesize()


def _look_at(sent: "Future[Place]") -> None:
    # That Kafka is away is said elsewhere, and not every two seconds.
    err = sent.exception()
    if err is not None and not isinstance(err, Retryable):
        _not_published(err)


def _not_published(err: BaseException) -> None:
    log.warning("The status is not published.", extra={"reason": str(err)})


def _important(status: WorkerStatus) -> object:
    states = {name: model.state for name, model in status.models.items()}
    return states, status.revisions, status.partitions, status.blocked, status.shares_device_with
