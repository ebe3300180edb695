"""What the stages report of themselves: read by the status, and by Prometheus."""

import threading
from collections import Counter as Tally
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from umbra.core.errors import ImageError
from umbra.worker.work import Batch

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_IMAGES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """Counts and times since the start of the process.

    Attributes:
        images: judged and committed.
        expired: left the log before this worker reached them.
        committed_offsets: partition to the next offset, as last committed by this process.
        lag: partition to images not yet judged.
        moves: grows with everything a stage finishes; the watchdog looks at it.
    """

    def __init__(self) -> None:
        self.images = 0
        self.expired = 0
        self.committed_offsets: dict[int, int] = {}
        self.lag: dict[int, int] = {}
        self.moves = 0
        self.registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._make()

    def _make(self) -> None:
        registry = self.registry
        self._images = Counter(
            "umbra_worker_images", "Images judged.", ["model_version", "status"], registry=registry
        )
        self._failures = Counter("umbra_worker_failures", "Failed images.", ["code"], registry=registry)
        self._unknown = Counter(
            "umbra_worker_unknown", "Images of no deployment in force.", registry=registry
        )
        self._expired = Counter(
            "umbra_worker_expired", "Images that left the log unjudged.", registry=registry
        )
        self._forged = Counter("umbra_worker_forged_markers", "Markers that mark nothing.", registry=registry)
        self._skew = Counter(
            "umbra_worker_clock_skew", "Images that landed in our future.", registry=registry
        )
        self._batch = Histogram(
            "umbra_worker_batch_images", "Of a batch.", buckets=_IMAGES, registry=registry
        )
        self._decode = Histogram(
            "umbra_worker_decode_seconds", "Per image.", buckets=_SECONDS, registry=registry
        )
        self._inference = Histogram(
            "umbra_worker_inference_seconds", "Per batch.", buckets=_SECONDS, registry=registry
        )
        self._commit = Histogram(
            "umbra_worker_commit_seconds", "Per batch.", buckets=_SECONDS, registry=registry
        )
        self._lag = Gauge("umbra_worker_lag", "Images not yet judged.", ["partition"], registry=registry)

    def decoded(self, seconds: float) -> None:
        """An image is in its row, or cannot be."""
        self.moves += 1
        self._decode.observe(seconds)

    def waited(self) -> None:
        """A stage waits for a dependency, and is alive."""
        self.moves += 1

    def inferred(self, images: int, seconds: float) -> None:
        """A model judged so many images at once."""
        self.moves += 1
        self._batch.observe(images)
        self._inference.observe(seconds)

    def committed(self, batch: Batch, seconds: float) -> None:
        """A batch is visible."""
        self.moves += 1
        self._commit.observe(seconds)
        with self._lock:
            self.images += len(batch.tasks)
            for partition, at in batch.offsets.items():
                self.committed_offsets[partition] = at.offset
        self._unknown.inc(len(batch.dead_letters))
        self._count_tasks(batch)

    def forged(self, markers: int) -> None:
        """So many markers marked nothing."""
        self._forged.inc(markers)

    def expire(self, images: int) -> None:
        """So many images left the log before they were reached."""
        self.expired += images
        self._expired.inc(images)

    def assigned(self, partitions: Mapping[int, int]) -> None:
        """This worker now holds these partitions, from these offsets on."""
        self.committed_offsets = dict(partitions)
        self.lag = {}
        self._lag.clear()

    def lagging(self, lag: dict[int, int]) -> None:
        """So many images are not yet judged, by partition."""
        self.lag = lag
        for partition, images in lag.items():
            self._lag.labels(partition).set(images)

    def _count_tasks(self, batch: Batch) -> None:
        tally: Tally[tuple[str, str]] = Tally()
        for group in batch.groups:
            failed = sum(isinstance(task.outcome, ImageError) for task in group.tasks)
            version = group.version
            tally[version, "failed"] += failed
            tally[version, "ok"] += len(group.tasks) - failed
        for (version, status), images in tally.items():
            self._images.labels(version, status).inc(images)
        for task in batch.tasks:
            if isinstance(task.outcome, ImageError):
                self._failures.labels(task.outcome.code).inc()
            if task.polled_at * 1000 < task.record.timestamp_ms:
                self._skew.inc()
