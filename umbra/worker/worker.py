"""The worker: its parts wired, started, and ended."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from umbra import health
from umbra.control.view import ControlTopic
from umbra.core.names import check_slot
from umbra.core.providers import device
from umbra.kafka.admin import Admin
from umbra.kafka.follow import Follower
from umbra.kafka.group import Change, GroupConsumer
from umbra.kafka.producer import Producer
from umbra.kafka.transaction import TransactionalProducer
from umbra.onnx.decode import prepare_opencv
from umbra.onnx.limits import Limits
from umbra.store import ClaimChecks, Store
from umbra.worker import commit, inference
from umbra.worker.artifacts import Artifacts, Execution, Loader
from umbra.worker.condition import Condition
from umbra.worker.crew import Crew
from umbra.worker.decode import DecodePool, Decoder
from umbra.worker.duty import Duty
from umbra.worker.gauges import Gauges
from umbra.worker.hanging import HangingTransaction
from umbra.worker.machine import machine_id
from umbra.worker.membership import Membership
from umbra.worker.metrics import Metrics
from umbra.worker.models import Models
from umbra.worker.neighbours import Neighbours
from umbra.worker.opening import Opener
from umbra.worker.pace import Pace
from umbra.worker.poll import Poll
from umbra.worker.room import refuse_without_room
from umbra.worker.runway import Stages
from umbra.worker.settings import Settings
from umbra.worker.start import start_providers, wait_for_kafka
from umbra.worker.status import Reporter
from umbra.worker.watchdog import Watchdog
from umbra.worker.work import Batch

log = logging.getLogger(__name__)

STOP_S = 60.0
"""How long a worker that was told to stop may drain, commit and leave."""


def run(settings: Settings, stopping: threading.Event) -> int:
    """Judge the images of a slot until `stopping` is set; the exit code.

    Raises:
        Refused: the slot's name, providers, topics, store or port are not as they must be.
        ProducerLost: Kafka went away while the worker started.
    """
    check_slot(settings.slot)
    return work(settings, stopping, Duty())


def work(settings: Settings, stopping: threading.Event, duty: Duty) -> int:
    """As `run`, with another duty than a slot's."""
    prepare_opencv()
    start_providers(settings, worker_name(settings))
    if not wait_for_kafka(settings, settings.slot, stopping):
        return 0
    # First of all: it fences a predecessor of the same name and ends its transaction.
    producer = TransactionalProducer(settings, worker_name(settings), linger_ms=commit.LINGER_MS)
    control, status_producer = ControlTopic(settings, duty.view), Producer(settings)
    code = _Worker(settings, control, producer, duty).run(stopping, status_producer)
    # After a failure nothing is closed: a client may hang, and the process ends anyway.
    if code == 0:
        control.close()
        status_producer.close()
    return code


def worker_name(settings: Settings) -> str:
    """The stable name of a worker: under it, it takes its partitions up again."""
    return settings.topics.worker(settings.slot, settings.worker_index or socket.gethostname())


class _Worker:
    def __init__(
        self, settings: Settings, control: ControlTopic, producer: TransactionalProducer, duty: Duty
    ) -> None:
        self._settings = settings
        self._crew = Crew()
        self._metrics = Metrics()
        self._pace = Pace()
        self._membership = Membership(partial(_join, settings))
        self._models = Models(_loader(settings), settings.load_timeout_s, refuse_without_room)
        self._to_inference: SimpleQueue[Batch | None] = SimpleQueue()
        self._to_commit: SimpleQueue[Batch | None] = SimpleQueue()

        stages = Stages(self._models, self._decode_pool(), self._to_inference, self._pace, duty.turn)
        hanging = HangingTransaction(settings, settings.slot, producer)
        opener = Opener(settings.topics, settings.slot, Admin(settings), control, hanging)
        self._poll = Poll(settings, self._membership, control, opener, stages, self._metrics, duty.ends)
        self._inference = inference.Inference(self._pace, self._metrics)
        self._commit = commit.Commit(producer, settings.topics, settings.slot, self._metrics)
        self._device = device(settings.providers, os.environ)
        self._neighbours = self._find_neighbours()
        self._condition = self._make_condition(control)
        self._metrics.registry.register(Gauges(control.view, self._membership, self._poll))

    def run(self, stopping: threading.Event, status_producer: Producer) -> int:
        settings, crew = self._settings, self._crew
        if settings.metrics_port:
            health.serve(
                settings.metrics_host, settings.metrics_port, self._metrics.registry, self._condition.unready
            )
        reporter = Reporter(status_producer, settings.topics.workers, self._condition.status)
        reporting = crew.start("status", partial(reporter.run, crew.closing))
        self._start_stages()

        while not crew.over(0.2):
            if stopping.is_set():
                self._stop()
        if crew.failure is not None:
            reporter.failure = crew.failure
            crew.closing.set()
            reporting.join(3.0)
            return 1
        self._to_inference.put(None)
        crew.closing.set()
        reporting.join(5.0)
        log.info("Stopped: all that was begun is committed.")
        return 0

    def _start_stages(self) -> None:
        crew, flights = self._crew, self._membership.flights
        watchdog = Watchdog(flights, self._metrics, self._pace)
        crew.start("watchdog", partial(watchdog.run, crew.closing, crew.fail))
        crew.start("models", partial(self._models.run, crew.closing))
        if self._neighbours is not None:
            crew.start("neighbours", partial(self._neighbours.run, crew.closing))
        crew.start("commit", partial(commit.run, self._commit, self._to_commit, flights))
        crew.start("inference", partial(inference.run, self._inference, self._to_inference, self._to_commit))
        crew.start("poll", self._poll.run, main=True)

    def _stop(self) -> None:
        """Drain, commit, leave."""
        log.info("Stopping.")
        self._membership.stopping.set()
        if not self._crew.over(STOP_S):
            self._crew.fail(f"It did not stop within {STOP_S:.0f} s.")

    def _decode_pool(self) -> DecodePool:
        settings = self._settings
        threads = settings.decoders or min(4, max(1, (os.cpu_count() or 1) - 1))
        limits = Limits(settings.max_image_bytes, settings.max_pixels)
        decoder = Decoder(ClaimChecks(settings), limits, self._membership.waiting, self._metrics)
        return DecodePool(decoder, threads)

    def _find_neighbours(self) -> Neighbours | None:
        """Only of a worker on an accelerator: on the CPU `nice` settles who comes first."""
        if self._device is None:
            return None
        follower = Follower(self._settings, self._settings.topics.workers)
        return Neighbours(follower, self._settings.slot, self._device, machine_id())

    def _make_condition(self, control: ControlTopic) -> Condition:
        return Condition(
            name=worker_name(self._settings),
            slot=self._settings.slot,
            device=self._device,
            neighbours=self._neighbours,
            control=control,
            membership=self._membership,
            poll=self._poll,
            models=self._models,
            metrics=self._metrics,
        )


def _join(settings: Settings, on_change: Callable[[Change], None]) -> GroupConsumer:
    topics = settings.topics
    group, name = topics.group(settings.slot), worker_name(settings)
    return GroupConsumer(settings, topics.images, group, name, on_change, settings.poll_interval_s)


def _loader(settings: Settings) -> Loader:
    artifacts = Artifacts(
        Store(settings), settings.artifact_url, Path(settings.cache_dir), settings.shown_token
    )
    execution = Execution(
        providers=settings.providers, threads=settings.ort_threads, rows=settings.batch_images
    )
    return Loader(artifacts, execution)
