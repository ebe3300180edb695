"""The decode stage: encoded bytes, fetched if they are elsewhere, into the rows of a model's tensor."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from umbra.contracts.dead_letter import INVALID_MESSAGE
from umbra.core.errors import ImageError, Retryable
from umbra.onnx.decode import decode
from umbra.onnx.limits import Limits, refuse_too_large
from umbra.store import ClaimChecks
from umbra.worker.metrics import Metrics
from umbra.worker.waiting import Waiting
from umbra.worker.work import Batch, Group, Task

_RETRY_S = (0.1, 0.3, 1.0, 3.0)


class Decoder:
    """Encoded bytes to rows; thread-safe."""

    def __init__(self, claim_checks: ClaimChecks, limits: Limits, waiting: Waiting, metrics: Metrics) -> None:
        self._claim_checks = claim_checks
        self._metrics = metrics
        self._limits = limits
        self._waiting = waiting

    def fill(self, group: Group, row: int, wanted: Callable[[], bool]) -> None:
        """Put task `row` of a group into its row, or note why that cannot be.

        Args:
            wanted: while the store is away, it is waited for as long as this is true.
        """
        task = group.tasks[row]
        started = time.perf_counter()
        try:
            raw = self._raw(task, wanted)
            if raw is None:
                return
            task.bytes = len(raw)
            image = decode(raw, self._limits.max_pixels)
            task.size = (image.shape[1], image.shape[0])
            group.rows.fill(row, image)
        except ImageError as err:
            task.outcome = err
        seconds = time.perf_counter() - started
        task.decode_ms = seconds * 1000
        self._metrics.decoded(seconds)

    def _raw(self, task: Task, wanted: Callable[[], bool]) -> bytes | None:
        landing, value = task.landing, task.record.value
        if landing.fault is not None:
            raise ImageError(INVALID_MESSAGE, landing.fault)
        raw = value or b""
        if landing.uri is not None and not value:
            fetched = self._fetch(landing.partition, landing.uri, landing.sha256, wanted)
            if fetched is None:
                return None
            raw = fetched
        refuse_too_large(len(raw), self._limits.max_bytes)
        return raw

    def _fetch(
        self, partition: int, uri: str, sha256: str | None, wanted: Callable[[], bool]
    ) -> bytes | None:
        tries = 0
        with self._waiting.on(partition) as wait:
            while wanted():
                try:
                    return self._claim_checks.fetch(uri, sha256, self._limits.max_bytes)
                except Retryable as err:
                    self._metrics.waited()
                    wait.because(str(err), _RETRY_S[min(tries, len(_RETRY_S) - 1)])
                    tries += 1
        return None


class DecodePool:
    """A few threads that fill the rows of batches.

    Args:
        threads: OpenCV gives the GIL away, so as many as cores can be spared.
    """

    def __init__(self, decoder: Decoder, threads: int) -> None:
        self._decoder = decoder
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="decode")

    def start(self, batch: Batch) -> None:
        """Begin to fill the rows of a batch; `batch.decoding` are done when they are full."""
        places = [(group, row) for group in batch.groups for row in range(len(group.tasks))]
        # One job for each thread, not for each image: a future costs 25 µs.
        shares = [places[first :: self._threads] for first in range(min(self._threads, len(places)))]
        batch.decoding = [self._pool.submit(self._fill, batch, share) for share in shares]

    def _fill(self, batch: Batch, share: Sequence[tuple[Group, int]]) -> None:
        for group, row in share:
            if batch.epoch.dead is None and group.tasks[row].outcome is None:
                self._decoder.fill(group, row, lambda: batch.epoch.dead is None)


def finished(decoding: Sequence["Future[None]"]) -> None:
    """Wait for the rows of a batch; raises what a decode thread died of."""
    for future in decoding:
        future.result()
