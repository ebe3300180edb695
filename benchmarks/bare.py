"""What a worker is compared with: decode, session and post-process over bytes in memory, and nothing else.

Processes of their own, as a worker is one. `python -m benchmarks.bare sequential|prefetching <detector>`
works until it is killed, and prints when each batch was done and how many images it had; `alone` prints JSON.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import detectors
from benchmarks.detectors import ROOT, THREADS, Detector
from umbra.local.readiness import wait_until
from umbra.onnx.batch import Batch
from umbra.onnx.decode import decode, prepare_opencv
from umbra.onnx.session import Model

MAX_PIXELS = 64_000_000
_AHEAD = 2
"""Decoded batches that wait for the session."""
_WARM = 64
_SCENES = 200
_READY_S = 60.0


class Alone(NamedTuple):
    """The model's own time for one image by itself, in ms: decode, session, post-process."""

    p50: float
    p99: float


class Loop:
    """A bare loop at work.

    Attributes:
        pid: of its process.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.pid = process.pid
        self._log = log

    def done_at(self) -> list[float]:
        """When each image was done, in seconds since the epoch."""
        whole_lines = self._log.read_text().rpartition("\n")[0].splitlines()
        batches = (line.split() for line in whole_lines)
        return [float(at) for at, images in batches for _ in range(int(images))]


@contextmanager
def working(way: str, detector: Detector, log: Path) -> Iterator[Loop]:
    """A loop that works, past its first batches; `way` is sequential or prefetching."""
    with open(log, "wb") as out, subprocess.Popen(_command(way, detector), cwd=ROOT, stdout=out) as process:
        try:
            loop = Loop(process, log)
            wait_until({way: lambda: len(loop.done_at()) > _WARM}, _READY_S)
            yield loop
        finally:
            process.kill()


def alone(detector: Detector, images: int) -> Alone:
    """One image after the other, in batches of one."""
    command = _command("alone", detector, str(images))
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return Alone(**json.loads(done.stdout))


def _command(way: str, detector: Detector, *more: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.bare", way, detector.name, *more]


def main() -> int:
    way, name, *images = sys.argv[1:]
    detector = {"digits": detectors.digits, "heavy": detectors.heavy}[name]()
    prepare_opencv()
    model = Model.load(detector.file, detector.manifest, threads=THREADS, rows=detector.batch)
    if way == "alone":
        print(json.dumps(_one_by_one(model, detectors.scenes(int(*images)))._asdict()))
    else:
        batches = _batches(model, cycle(detectors.scenes(_SCENES)), detector.batch)
        _work(model, batches if way == "sequential" else _ahead(batches))
    return 0


def _work(model: Model, batches: Iterator[Batch]) -> None:
    for batch in batches:
        model.infer(batch)
        print(time.time(), len(batch), flush=True)


def _one_by_one(model: Model, encoded: list[bytes]) -> Alone:
    times_ms: list[float] = []
    for raw in encoded[:_WARM]:
        model.infer(_decoded(model, [raw]))
    for raw in encoded:
        began = time.perf_counter()
        model.infer(_decoded(model, [raw]))
        times_ms.append((time.perf_counter() - began) * 1000)
    return Alone(*(float(p) for p in np.percentile(times_ms, (50, 99))))


def _batches(model: Model, encoded: Iterator[bytes], size: int) -> Iterator[Batch]:
    while True:
        yield _decoded(model, list(islice(encoded, size)))


def _decoded(model: Model, encoded: list[bytes]) -> Batch:
    batch = model.batch(len(encoded))
    for row, raw in enumerate(encoded):
        batch.fill(row, decode(raw, MAX_PIXELS))
    return batch


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, made by another thread."""
    ready: queue.Queue[Batch | None] = queue.Queue(_AHEAD)

    def fill() -> None:
        for batch in batches:
            ready.put(batch)
        ready.put(None)

    threading.Thread(target=fill, daemon=True).start()
    while (batch := ready.get()) is not None:
        yield batch


if __name__ == "__main__":
    sys.exit(main())
