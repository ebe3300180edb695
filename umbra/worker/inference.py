"""The inference stage: one thread that runs the models."""

import time
from queue import SimpleQueue

from umbra.worker.decode import finished
from umbra.worker.metrics import Metrics
from umbra.worker.pace import Pace
from umbra.worker.work import Batch, Group


class Inference:
    """Judges the images of a batch, model by model; used by one thread alone."""

    def __init__(self, pace: Pace, metrics: Metrics) -> None:
        self._pace = pace
        self._metrics = metrics

    def judge(self, batch: Batch) -> None:
        """Wait for the rows, then give every task its outcome; a batch of a dead epoch is left as it is.

        Raises:
            Exception: memory, device or session are broken; the process must not go on.
        """
        finished(batch.decoding)
        for group in batch.groups:
            if batch.epoch.dead is None:
                self._judge(group)

    def _judge(self, group: Group) -> None:
        started = time.perf_counter()
        outcomes = group.model.infer(group.rows)
        seconds = time.perf_counter() - started

        images = sum(outcome is not None for outcome in outcomes)
        for task, outcome in zip(group.tasks, outcomes, strict=True):
            if outcome is not None:
                task.outcome = outcome
                task.inference_ms = seconds * 1000 / images
        if images:
            self._pace.note(images, seconds)
            self._metrics.inferred(images, seconds)


def run(
    inference: Inference, inbox: "SimpleQueue[Batch | None]", outbox: "SimpleQueue[Batch | None]"
) -> None:
    """Judge batch after batch until None comes, which is passed on."""
    while (batch := inbox.get()) is not None:
        inference.judge(batch)
        outbox.put(batch)
    outbox.put(None)
