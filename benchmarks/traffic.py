"""Images that land at a steady rate."""

import threading
import time

from benchmarks import detectors
from benchmarks.installation import Installation, send
from umbra.kafka.producer import Producer

_SLICE_S = 0.5


def land_at(installation: Installation, producer: Producer, rate: int, seconds: float) -> int:
    """Let images land, evenly spaced; how many. Late ones are caught up with."""
    images = detectors.scenes(int(rate * seconds))
    began = time.perf_counter()
    for number, raw in enumerate(images):
        early_s = began + number / rate - time.perf_counter()
        if early_s > 0:
            time.sleep(early_s)
        send(producer, installation.kafka, number, raw)
    producer.flush(10.0)
    return len(images)


class Traffic:
    """Images that land at a rate while it is entered.

    Attributes:
        landed: how many so far.
    """

    def __init__(self, installation: Installation, rate: int) -> None:
        self.landed = 0
        self._installation = installation
        self._rate = rate
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        with Producer(self._installation.kafka) as producer:
            while not self._closing.is_set():
                self.landed += land_at(self._installation, producer, self._rate, _SLICE_S)
