"""Topics of their own on the common Kafka, with a deployment in force."""

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from benchmarks import detectors
from benchmarks.detectors import Detector
from benchmarks.ground import Ground
from umbra.contracts.headers import DEPLOYMENT
from umbra.contracts.manifest import Spec, spec_to_builtins
from umbra.contracts.topics import Retention, Topic
from umbra.control.writer import ControlWriter
from umbra.core.boundary import Boundary
from umbra.core.names import CHAMPION
from umbra.core.replay import Replay
from umbra.core.revision import Assignment, Revision
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.kafka.progress import progress
from umbra.settings import KafkaSettings, StoreSettings
from umbra.store import Store

NAME = "bench"
"""The deployment."""

PARTITIONS = 4


class Installation:
    """
    Attributes:
        ground: where it is.
        kafka: settings with a topic prefix that nobody else uses.
    """

    def __init__(self, ground: Ground, slots: Sequence[str] = (CHAMPION,)) -> None:
        self.ground = ground
        self.kafka = KafkaSettings(
            kafka_bootstrap=ground.kafka, topic_prefix=f"b{uuid.uuid4().hex[:8]}.", partitions=PARTITIONS
        )
        self.admin = Admin(self.kafka)
        topics = self.kafka.topics.all(PARTITIONS, tuple(slots), Retention())
        self.admin.ensure(_stamped_by_the_broker(topic) for topic in topics)

    def environ(self, **more: str) -> dict[str, str]:
        """The variables of a service on it."""
        return {
            **os.environ,
            "UMBRA_KAFKA_BOOTSTRAP": self.kafka.kafka_bootstrap,
            "UMBRA_TOPIC_PREFIX": self.kafka.topic_prefix,
            "UMBRA_PARTITIONS": str(PARTITIONS),
            "UMBRA_STORE_URL": self._store_url,
            "UMBRA_CACHE_DIR": str(self.ground.directory / "cache"),
            "UMBRA_MONITOR_DIR": str(self.ground.directory / self.kafka.topic_prefix),
            **more,
        }

    def put_in_force(self, slots: Mapping[str, Detector], deployments: Sequence[str] = (NAME,)) -> None:
        """A first revision of each deployment, from here on; as the relay does it, but without waiting for
        workers. Every deployment has ModelVersions of its own."""
        everywhere = Boundary(frozenset(range(PARTITIONS)), {})
        topic_id = self.admin.topic_id(self.kafka.topics.images)
        writer = self.control_writer()
        for deployment in deployments:
            revision = self.revision(1, slots, deployment)
            writer.activate(revision, topic_id, everywhere)

    def revision(self, number: int, slots: Mapping[str, Detector], deployment: str = NAME) -> Revision:
        """A staged revision."""
        return Revision(
            deployment=deployment,
            revision=number,
            kind="create",
            state="staged",
            slots={slot: self._assignment(detector, deployment) for slot, detector in slots.items()},
            requested_at=datetime.now(UTC),
        )

    def replay(self, detector: Detector) -> Replay:
        """One of all that is in the log, to be published."""
        now, images = datetime.now(UTC), self.kafka.topics.images
        ranges = self.admin.log_ranges(images, range(PARTITIONS), committed=True)
        return Replay(
            id=uuid.uuid4().hex[:8],
            deployment=NAME,
            model=self._assignment(detector, NAME),
            state="open",
            topic_id=self.admin.topic_id(images),
            starts={partition: held.start for partition, held in ranges.items()},
            ends={partition: held.end for partition, held in ranges.items()},
            since=now,
            requested_at=now,
        )

    def control_writer(self) -> ControlWriter:
        """In the relay's place."""
        return ControlWriter(self.kafka, lambda step: None)

    def land(self, images: int) -> None:
        """Put images on the topic, as fast as it takes them."""
        with Producer(self.kafka) as producer:
            for number, raw in enumerate(detectors.scenes(images)):
                send(producer, self.kafka, number, raw)
            if producer.flush(60.0):
                raise TimeoutError("Kafka did not take the images within a minute.")

    def unjudged(self, slot: str = CHAMPION) -> int:
        """How many records of the images topic the workers of a slot have not committed."""
        topics = self.kafka.topics
        ends = self.admin.log_ranges(topics.images, range(PARTITIONS))
        done = progress(self.kafka, topics.group(slot), topics.images, range(PARTITIONS))
        return sum(there.end - done.get(partition, there.start) for partition, there in ends.items())

    @property
    def _store_url(self) -> str:
        return f"file://{self.ground.directory / 'store'}"

    def _assignment(self, detector: Detector, deployment: str) -> Assignment:
        artifact = Store(StoreSettings(store_url=self._store_url)).put_model(detector.file)
        spec = Spec(artifact=artifact, manifest=detector.manifest)
        model = detector.name if deployment == NAME else f"{deployment}-{detector.name}"
        return Assignment(f"{model}@1", spec_to_builtins(spec))


def send(producer: Producer, kafka: KafkaSettings, number: int, raw: bytes) -> None:
    """Let one image land."""
    headers = [(DEPLOYMENT, NAME.encode())]
    producer.send(kafka.topics.images, key=f"image-{number}".encode(), value=raw, headers=headers)


def _stamped_by_the_broker(topic: Topic) -> Topic:
    """Records carry the time of their append: the prediction topics too, here."""
    return replace(topic, config={**topic.config, "message.timestamp.type": "LogAppendTime"})
