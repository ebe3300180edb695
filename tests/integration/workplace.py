"""Workers on real topics: images and revisions in, predictions and dead letters out."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from onnx import NodeProto, helper, numpy_helper

from umbra.contracts.control import encode_revision
from umbra.contracts.manifest import Manifest, Spec, spec_to_builtins
from umbra.contracts.marker import marker_headers
from umbra.contracts.prediction import Prediction, prediction_decoder
from umbra.contracts.topics import Retention
from umbra.contracts.worker_status import WorkerStatus, worker_status_decoder
from umbra.core.errors import Retryable
from umbra.core.revision import Assignment, Revision
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.kafka.read import read_topic
from umbra.kafka.record import Place, Record
from umbra.kafka.transaction import TransactionalProducer
from umbra.onnx.model_file import manifest_from
from umbra.settings import KafkaSettings, StoreSettings
from umbra.store import Store
from umbra.worker import worker
from umbra.worker.settings import Settings

T = TypeVar("T")

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "scenes"
SCENES = [path.read_bytes() for path in sorted((DIGITS / "val").glob("????.png"))]
SMALL = (DIGITS / "det_champion.onnx").read_bytes()
LARGE = (DIGITS / "det_shadow.onnx").read_bytes()


def until(probe: Callable[[], T], seconds: float = 120.0) -> T:
    """What `probe` gives once that is true; a server that is not quite there yet is asked again."""
    deadline = time.monotonic() + seconds
    while not (answer := _asked(probe)):
        assert time.monotonic() < deadline, f"Still {answer!r} after {seconds:g} s."
        time.sleep(0.05)
    return answer


def _asked(probe: Callable[[], T]) -> T | Literal[False]:
    try:
        return probe()
    except Retryable:
        return False


class Workplace:
    """The topics and the store of one test, with everything round a worker."""

    def __init__(self, kafka: KafkaSettings, directory: Path) -> None:
        self.kafka = kafka
        self.topics = kafka.topics
        self.directory = directory
        self.admin = Admin(kafka)
        self.make_topics()
        self.producer = Producer(kafka)
        self._store = Store(StoreSettings(store_url=self.store_url))
        self._relay = TransactionalProducer(kafka, f"{kafka.topic_prefix}relay", timeout_ms=5000)
        self._revisions = 0

    def __enter__(self) -> "Workplace":
        return self

    def __exit__(self, *exc: object) -> None:
        self.producer.close()

    def make_topics(self) -> None:
        """Those that are not there."""
        self.admin.ensure(self.topics.all(self.kafka.partitions, ("champion", "shadow"), Retention()))

    @property
    def store_url(self) -> str:
        return f"file://{self.directory}/store"

    def assignment(self, model_version: str, model: bytes, manifest: Manifest | None = None) -> Assignment:
        """A model file in the store, as a revision holds it."""
        manifest = manifest or manifest_from(model, name=model_version.split("@")[0])
        spec = Spec(artifact=self._store.put_model(model), manifest=manifest)
        return Assignment(model_version, spec_to_builtins(spec))

    def activate(self, slots: Mapping[str, Assignment], deployment: str = "digits") -> Revision:
        """A revision in force from here on: its markers and control record in one transaction."""
        self._revisions += 1
        staged = Revision(deployment, self._revisions, "create", "staged", slots, datetime.now(UTC))
        starts: dict[int, int] = {}
        self._relay.begin()
        for partition in range(self.kafka.partitions):
            self._relay.produce(
                self.topics.images,
                value=None,
                headers=marker_headers(staged.key),
                partition=partition,
                on_delivery=lambda place: starts.update({place.partition: place.offset}),
            )
        self._relay.flush()
        active = staged.activate(self.admin.topic_id(self.topics.images), starts)
        self._relay.produce(self.topics.control, key=active.key.encode(), value=encode_revision(active))
        self._relay.commit()
        return active

    def publish(self, revision: Revision) -> None:
        """A revision on the control topic as it is, without markers."""
        self.producer.send(
            self.topics.control, key=revision.key.encode(), value=encode_revision(revision)
        ).result(60)

    def send(
        self,
        images: Sequence[bytes],
        *,
        deployment: str = "digits",
        headers: Sequence[tuple[str, bytes]] = (),
        start: int = 0,
    ) -> list[Place]:
        """Images img0, img1, …, over the partitions by their number, which begins at `start`."""
        sent = [
            self.producer.send(
                self.topics.images,
                key=f"img{number}".encode(),
                value=image,
                headers=[("deployment", deployment.encode()), *headers],
                partition=number % self.kafka.partitions,
            )
            for number, image in enumerate(images, start)
        ]
        return [future.result(60) for future in sent]

    def settings(self, slot: str = "champion", index: str = "0", **given: Any) -> Settings:
        kafka = {name: getattr(self.kafka, name) for name in KafkaSettings.model_fields}
        return Settings(
            **kafka,
            store_url=self.store_url,
            cache_dir=str(self.directory / "cache"),
            slot=slot,
            worker_index=index,
            **given,
        )

    @contextmanager
    def worker(self, slot: str = "champion", index: str = "0", **given: Any) -> Iterator[None]:
        """A worker on a thread of this process; stopped cleanly at the end."""
        stopping, codes = threading.Event(), list[int]()
        settings = self.settings(slot, index, **given)
        thread = threading.Thread(target=lambda: codes.append(worker.run(settings, stopping)), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join(60)
        assert codes == [0]

    def run(self, settings: Settings) -> int:
        """A worker on this thread, until it ends by itself; its exit code."""
        return worker.run(settings, threading.Event())

    def process(
        self, slot: str = "champion", index: str = "0", service: str = "champion_worker", **given: str
    ) -> "subprocess.Popen[bytes]":
        """A worker as a process of its own; end it with `kill` or `stop`."""
        variables = {
            "UMBRA_KAFKA_BOOTSTRAP": self.kafka.kafka_bootstrap,
            "UMBRA_TOPIC_PREFIX": self.kafka.topic_prefix,
            "UMBRA_PARTITIONS": str(self.kafka.partitions),
            "UMBRA_STORE_URL": self.store_url,
            "UMBRA_CACHE_DIR": str(self.directory / "cache"),
            "UMBRA_WORKER_INDEX": index,
            "UMBRA_SLOT": slot,
        }
        command = [sys.executable, "-m", f"services.{service}"]
        with (self.directory / f"{slot}-{index}.log").open("a") as log:
            return subprocess.Popen(command, env={**os.environ, **variables, **given}, stderr=log)

    def log(self, slot: str = "champion", index: str = "0") -> str:
        """What the processes of this name have said so far."""
        return (self.directory / f"{slot}-{index}.log").read_text()

    def predictions(self, slot: str = "champion") -> list[Prediction]:
        """What is visible to a read-committed reader."""
        topic = self.topics.predictions(slot)
        found = (prediction_decoder.decode(record.value) for record in read_topic(self.kafka, topic))
        return [prediction for prediction in found if prediction.slot == slot]

    def judged(self, images: int, slot: str = "champion", seconds: float = 180.0) -> list[Prediction]:
        """The predictions, once there are as many."""
        return until(lambda: p if len(p := self.predictions(slot)) >= images else [], seconds)

    def statuses(self) -> dict[str, WorkerStatus]:
        """The last of every worker that has not said goodbye."""
        last = {record.key: record.value for record in read_topic(self.kafka, self.topics.workers)}
        read = (worker_status_decoder.decode(value) for value in last.values() if value is not None)
        return {status.worker: status for status in read}

    def dead_letters(self, slot: str = "champion") -> list[Record]:
        return list(read_topic(self.kafka, self.topics.dlq(slot)))


def stop(process: "subprocess.Popen[bytes]") -> int:
    """SIGTERM; the exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(60)


def place(prediction: Prediction) -> Place:
    """Of its image."""
    return Place(prediction.image.partition, prediction.image.offset)


def second_long() -> list[NodeProto]:
    """Nodes for `make_detector` that take about a second, whatever the image: products of zeros."""
    side = numpy_helper.from_array(np.array([1500, 1500], np.int64), "side")
    products = [helper.make_node("MatMul", [f"zeros{n}", "zeros0"], [f"zeros{n + 1}"]) for n in range(8)]
    return [
        helper.make_node("Constant", [], ["side"], value=side),
        helper.make_node("Sub", ["brightest", "brightest"], ["zero"]),
        helper.make_node("Expand", ["zero", "side"], ["zeros0"]),
        *products,
        helper.make_node("ReduceSum", ["zeros8"], ["trap"], keepdims=0),
    ]
