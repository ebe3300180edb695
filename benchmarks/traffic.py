"""Images that land at a steady rate."""

import time

from benchmarks import detectors
from benchmarks.installation import Installation, send
from umbra.kafka.producer import Producer


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
