"""What ingest counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.ingest.buffer import Buffer


class Counts:
    """The metrics of one ingest."""

    def __init__(self, buffer: Buffer) -> None:
        self.registry = CollectorRegistry()
        self._landed = Counter("umbra_ingest_images", "Images on the log.", registry=self.registry)
        self._bytes = Counter("umbra_ingest_bytes", "Their encoded bytes.", registry=self.registry)
        self._refused = Counter(
            "umbra_ingest_refused", "Images not taken, by problem.", ["slug"], registry=self.registry
        )
        held = Gauge("umbra_ingest_buffer_bytes", "Bytes of uploads held now.", registry=self.registry)
        held.set_function(lambda: buffer.held)

    def landed(self, size: int) -> None:
        """An image of `size` bytes is on the log."""
        self._landed.inc()
        self._bytes.inc(size)

    def refused(self, slug: str) -> None:
        """An image was not taken."""
        self._refused.labels(slug).inc()
