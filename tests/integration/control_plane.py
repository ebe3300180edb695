"""A relay with everything round it, and workers that only say they are ready."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from confluent_kafka.admin import AdminClient

from umbra.contracts.control import decode_revision
from umbra.contracts.headers import first_values
from umbra.contracts.manifest import Artifact, Input, Manifest, Spec, spec_to_builtins
from umbra.contracts.marker import marked_revision
from umbra.contracts.topics import Retention
from umbra.contracts.wire import encode
from umbra.contracts.worker_status import LoadState, ModelStatus, WorkerStatus
from umbra.control.leading import Leading
from umbra.control.relay import Relay, RelaySettings
from umbra.control.stage import stage
from umbra.control.writer import Checkpoint
from umbra.core.change import Change, Create, Request
from umbra.core.revision import Assignment, Revision
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.kafka.read import read_topic
from umbra.postgres import revisions
from umbra.postgres.connection import connect
from umbra.postgres.revisions import Noted
from umbra.settings import KafkaSettings, PostgresSettings

T = TypeVar("T")


def until(probe: Callable[[], T | None], seconds: float = 90.0) -> T:
    """What `probe` gives once that is true."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        assert time.monotonic() < deadline, f"Still {answer!r} after {seconds:g} s."
        time.sleep(0.02)
    return answer


def make_spec(model: str, labels: tuple[str, ...] = ("0", "1")) -> Spec:
    """A spec no worker could load."""
    sha256 = uuid.uuid5(uuid.NAMESPACE_OID, model).hex * 2
    manifest = Manifest(
        name=model,
        task="detection",
        head="yolov8-detect",
        labels=list(labels),
        input=Input(name="images", size=(128, 128)),
    )
    return Spec(artifact=Artifact(uri=f"models/{sha256}.onnx", sha256=sha256, bytes=1), manifest=manifest)


def assignment(model_version: str) -> Assignment:
    """A ModelVersion as a revision holds it."""
    return Assignment(model_version, spec_to_builtins(make_spec(model_version.split("@")[0])))


class Died(BaseException):
    """The process is gone: nothing behind this line runs."""


class ControlPlane:
    """The tables, topics and clients of one test."""

    def __init__(self, kafka: KafkaSettings, postgres: PostgresSettings, **given: Any) -> None:
        self.kafka = kafka
        self.settings = RelaySettings(
            kafka_bootstrap=kafka.kafka_bootstrap,
            topic_prefix=kafka.topic_prefix,
            partitions=kafka.partitions,
            postgres_dsn=postgres.postgres_dsn,
            **given,
        )
        self.topics = kafka.topics
        self.db = connect(postgres)
        self.producer = Producer(kafka)

    def __enter__(self) -> "ControlPlane":
        return self

    def __exit__(self, *exc: object) -> None:
        self.producer.close()
        self.db.close()

    def make_topics(self) -> None:
        """Every topic of this installation."""
        wanted = self.topics.all(self.kafka.partitions, ("champion", "shadow"), Retention())
        Admin(self.kafka).ensure(wanted)

    def delete_topics(self, *names: str) -> None:
        """Delete topics, as somebody with Kafka's own tools does."""
        client = AdminClient({"bootstrap.servers": self.kafka.kafka_bootstrap})
        for deleted in client.delete_topics(list(names)).values():
            deleted.result(60)

    @contextmanager
    def relay(self, checkpoint: Checkpoint | None = None) -> Iterator[Relay]:
        """A relay that leads."""
        with Relay(self.settings, checkpoint=checkpoint) as relay:
            until(lambda: relay.leading)
            yield relay

    def lead_until(self, fatal: str) -> None:
        """A leader that dies right after the step `fatal`, without any of its clean-up."""

        def die(step: str) -> None:
            if step == fatal:
                raise Died

        with (
            closing(connect(self.settings)) as db,
            suppress(Died),
            Leading(self.settings, db, die) as leading,
        ):
            while True:
                leading.tick()

    def ask(self, change: Change, **given: Any) -> Revision:
        """Stage a change of the deployment `digits`."""
        return stage(self.db, Request("digits", change, at=datetime.now(UTC), **given))

    def create(self) -> Revision:
        """`digits` with a champion and no shadow."""
        return self.ask(Create(assignment("small@1"), {}))

    def settled(self, revision: Revision, seconds: float = 20.0) -> Noted:
        """The revision once it is active or failed in Postgres."""

        def probe() -> Noted | None:
            noted = revisions.find(self.db, revision.deployment, revision.revision)
            return noted if noted is not None and noted.revision.state != "staged" else None

        return until(probe, seconds)

    def staged_on_control(self, revision: Revision) -> bool:
        """Whether the workers can see that it is staged."""
        return any(there.key == revision.key for there in self.control())

    def send(self, images: int, partition: int | None = None) -> None:
        """Let images land."""
        for number in range(images):
            self.producer.send(
                self.topics.images,
                value=b"image",
                key=f"image-{number}".encode(),
                headers=[("deployment", b"digits")],
                partition=partition,
            )
        assert self.producer.flush(10) == 0

    def report(
        self,
        slot: str,
        revisions: dict[str, LoadState],
        *,
        index: str = "0",
        models: dict[str, ModelStatus] | None = None,
        **given: Any,
    ) -> None:
        """Say what a worker would say."""
        status = WorkerStatus(
            worker=self.topics.worker(slot, index),
            boot="boot",
            slot=slot,
            version="test",
            revisions=revisions,
            models=models or {},
            **given,
        )
        sent = self.producer.send(
            self.topics.workers, key=status.worker.encode(), value=encode(status), partition=0
        )
        sent.result(60)

    def leave(self, slot: str, index: str = "0") -> None:
        """Stop a worker cleanly."""
        name = self.topics.worker(slot, index).encode()
        self.producer.send(self.topics.workers, key=name, value=None, partition=0).result(60)

    def control(self) -> list[Revision]:
        """Every record on the control topic, read committed."""
        return [decode_revision(record.value) for record in read_topic(self.kafka, self.topics.control)]

    def markers(self, revision: Revision) -> dict[int, int]:
        """Partition to offset of the revision's markers, read committed; fails when one comes twice."""
        found: dict[int, int] = {}
        for record in read_topic(self.kafka, self.topics.images):
            if marked_revision(first_values(record.headers)) == revision.key:
                assert record.partition not in found
                assert record.value == b""
                found[record.partition] = record.offset
        return found

    def topic_id(self) -> str:
        """Of the images topic."""
        return Admin(self.kafka).topic_id(self.topics.images)
