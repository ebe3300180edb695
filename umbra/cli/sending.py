"""Sending many files: several at once, at a pace, past outages, with a count of what happened."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from umbra.cli.image_files import ImageFile
from umbra.cli.senders import Sender
from umbra.client.errors import NotAllowed
from umbra.core.errors import ImageError, Refused, Retryable, UmbraError

_THREADS = 8
_LONGEST_PAUSE_S = 2.0


@dataclass
class Report:
    """What became of the files.

    Attributes:
        refused: path and reason.
        ended_by: why it stopped before the last file.
    """

    sent: int = 0
    bytes: int = 0
    seconds: float = 0.0
    refused: list[tuple[Path, str]] = field(default_factory=list)
    ended_by: UmbraError | None = None

    @property
    def images_per_s(self) -> float:
        return self.sent / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "sent": self.sent,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "images_per_s": round(self.images_per_s, 1),
            "refused": [{"path": str(path), "reason": reason} for path, reason in self.refused],
            "ended_by": None if self.ended_by is None else str(self.ended_by),
        }


@dataclass(frozen=True, slots=True)
class Pace:
    """How files are sent.

    Attributes:
        rate: files a second, None as fast as they are taken.
        wait_s: how long an outage may last.
    """

    rate: float | None = None
    wait_s: float = 30.0


class Sending:
    """Sends files; `report` grows while it does."""

    def __init__(self, sender: Sender, pace: Pace, on_file: Callable[[], None]) -> None:
        self.report = Report()
        self._sender, self._pace, self._on_file = sender, pace, on_file
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._free = threading.BoundedSemaphore(_THREADS)

    def run(self, files: Iterable[ImageFile]) -> Report:
        """Send every file once; stops early when the other side stays away or is full."""
        started_at = time.monotonic()
        try:
            with ThreadPoolExecutor(_THREADS) as pool:
                self._submit_all(pool, files, started_at)
        finally:
            self.report.seconds = time.monotonic() - started_at
        return self.report

    def _submit_all(self, pool: ThreadPoolExecutor, files: Iterable[ImageFile], started_at: float) -> None:
        try:
            for number, file in enumerate(files):
                due_at = started_at + (number / self._pace.rate if self._pace.rate else 0.0)
                self._stop.wait(max(0.0, due_at - time.monotonic()))
                self._free.acquire()
                if self._stop.is_set():
                    return
                pool.submit(self._one, file)
        except KeyboardInterrupt:
            self._stop.set()
            raise

    def _one(self, file: ImageFile) -> None:
        try:
            size = self._until_taken(file)
            with self._lock:
                self.report.sent += 1
                self.report.bytes += size
        except NotAllowed as err:
            self._end(err)  # it will not be the next file's turn either
        except (Refused, ImageError, OSError) as err:
            with self._lock:
                self.report.refused.append((file.path, str(err)))
        except UmbraError as err:
            self._end(err)
        finally:
            self._free.release()
            self._on_file()

    def _end(self, err: UmbraError) -> None:
        self.report.ended_by = err
        self._stop.set()

    def _until_taken(self, file: ImageFile) -> int:
        gives_up_at = time.monotonic() + self._pace.wait_s
        pause_s = 0.1
        while True:
            try:
                return self._sender.send(file)
            except Retryable:
                if time.monotonic() > gives_up_at or self._stop.wait(pause_s):
                    raise
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
