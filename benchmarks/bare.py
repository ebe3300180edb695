"""What a worker is compared with: decode, session and post-process over bytes in memory, and nothing else.

A process of its own, as a worker is one: `python -m benchmarks.bare <way> <detector> <images>` prints JSON.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks import detectors
from benchmarks.detectors import ROOT, THREADS, Detector
from benchmarks.passage import Passage
from umbra.onnx.batch import Batch
from umbra.onnx.decode import decode, prepare_opencv
from umbra.onnx.session import Model

MAX_PIXELS = 64_000_000
_AHEAD = 2
"""Decoded batches that wait for the session."""
_WARM = 64


class Alone(NamedTuple):
    """The model's own time for one image by itself, in ms: decode, session, post-process."""

    p50: float
    p99: float


def sequential(detector: Detector, images: int) -> Passage:
    """One thread does everything, batch by batch."""
    return Passage(**_child("sequential", detector, images))


def prefetching(detector: Detector, images: int) -> Passage:
    """A second thread decodes the next batches meanwhile."""
    return Passage(**_child("prefetching", detector, images))


def alone(detector: Detector, images: int) -> Alone:
    """One image after the other, in batches of one."""
    return Alone(**_child("alone", detector, images))


def _child(way: str, detector: Detector, images: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.bare", way, detector.name, str(images)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> int:
    way, name, images = sys.argv[1:]
    detector = {"digits": detectors.digits, "heavy": detectors.heavy}[name]()
    prepare_opencv()
    model = Model.load(detector.file, detector.manifest, threads=THREADS, rows=detector.batch)
    answer = _WAYS[way](model, detectors.scenes(int(images)), detector.batch)
    print(json.dumps(answer._asdict()))
    return 0


def _in_turn(model: Model, encoded: list[bytes], size: int) -> Passage:
    return _timed(model, encoded, size, _batches(model, encoded, size))


def _meanwhile(model: Model, encoded: list[bytes], size: int) -> Passage:
    return _timed(model, encoded, size, _ahead(_batches(model, encoded, size)))


def _timed(model: Model, encoded: list[bytes], size: int, batches: Iterator[Batch]) -> Passage:
    _judge_all(model, _batches(model, encoded[:_WARM], size))
    began, cpu_began = time.perf_counter(), time.process_time()
    _judge_all(model, batches)
    return Passage(len(encoded), time.perf_counter() - began, time.process_time() - cpu_began)


def _judge_all(model: Model, batches: Iterator[Batch]) -> None:
    for batch in batches:
        model.infer(batch)


def _one_by_one(model: Model, encoded: list[bytes], size: int) -> Alone:
    times_ms: list[float] = []
    _judge_all(model, _batches(model, encoded[:_WARM], 1))
    for raw in encoded:
        began = time.perf_counter()
        model.infer(_decoded(model, [raw]))
        times_ms.append((time.perf_counter() - began) * 1000)
    return Alone(*(float(p) for p in np.percentile(times_ms, (50, 99))))


def _batches(model: Model, encoded: list[bytes], size: int) -> Iterator[Batch]:
    for start in range(0, len(encoded), size):
        yield _decoded(model, encoded[start : start + size])


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


_WAYS: dict[str, Callable[[Model, list[bytes], int], Passage | Alone]] = {
    "sequential": _in_turn,
    "prefetching": _meanwhile,
    "alone": _one_by_one,
}


if __name__ == "__main__":
    sys.exit(main())
