"""A stream on real servers without models: revisions as the relay writes them, predictions as workers do."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from services.monitor.flush import SESSION, flush
from services.monitor.reading import Span
from services.monitor.sources import current_sources
from umbra.contracts.headers import MARKER
from umbra.contracts.landing import landing_headers
from umbra.contracts.prediction import Image, Prediction
from umbra.contracts.topics import Retention
from umbra.contracts.wire import encode
from umbra.control.view import ControlTopic
from umbra.control.writer import ControlWriter
from umbra.core.boundary import Boundary
from umbra.core.control_view import ControlView
from umbra.core.revision import Assignment, Revision
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.kafka.progress import progress
from umbra.kafka.read import read_topic
from umbra.kafka.record import Record, landing_of
from umbra.kafka.transaction import TransactionalProducer
from umbra.postgres.connection import connect
from umbra.settings import KafkaSettings, PostgresSettings


class ScriptedStream:
    """The topics of one test; everything on them stands where the script put it."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self.kafka = kafka
        self.topics = kafka.topics
        self.admin = Admin(kafka)
        self.client = AdminClient({"bootstrap.servers": kafka.kafka_bootstrap})
        self.admin.ensure(self.topics.all(kafka.partitions, ("champion", "shadow"), Retention()))
        self._revisions = 0

    def activate(self, slots: Mapping[str, str], *, anchored_at: Mapping[int, int] | None = None) -> Revision:
        """A revision of `digits` in force from here on; without markers where it is `anchored_at`."""
        self._revisions += 1
        held = {slot: Assignment(model, {}) for slot, model in slots.items()}
        staged = Revision("digits", self._revisions, "shadow", "staged", held, datetime.now(UTC))
        starts = dict(anchored_at or {})
        marked = frozenset(range(self.partitions)) - starts.keys()
        writer = ControlWriter(self.kafka, lambda step: None)
        return writer.activate(staged, self.admin.topic_id(self.topics.images), Boundary(marked, starts))

    @property
    def partitions(self) -> int:
        return self.admin.partitions()[self.topics.images]

    def send(self, images: int) -> None:
        """Let images land, on the partitions in turn."""
        with Producer(self.kafka) as producer:
            for number in range(images):
                producer.send(
                    self.topics.images,
                    value=b"image",
                    key=b"img%d" % number,
                    headers=landing_headers(deployment="digits"),
                    partition=number % self.partitions,
                )
            assert producer.flush(60) == 0

    def judge(self, *slots: str, lost: int = 0) -> None:
        """Every image that a slot has not committed yet: its prediction and its offset.

        Args:
            lost: so many images at the beginning get none.
        """
        for slot in slots or ("champion", "shadow"):
            group, images = self.topics.group(slot), self.topics.images
            committed = progress(self.kafka, group, images, range(self.partitions))
            said = self.predictions(slot)
            fresh = [p for p in said if p.image.offset >= committed.get(p.image.partition, 0)]
            self.say(fresh[lost:])
            self.commit(slot)

    def predictions(self, slot: str) -> Iterable[Prediction]:
        """What a worker of `slot` says of every image in the log."""
        view, topic_id = self._view(), self.admin.topic_id(self.topics.images)
        for record in self._images():
            landing = landing_of(record)
            revision = view.in_force(landing.deployment or "", topic_id, record.partition, record.offset)
            if revision is not None and slot in revision.slots:
                yield Prediction(
                    image_id=landing.image_id,
                    deployment=revision.deployment,
                    slot=slot,
                    model_version=revision.slots[slot].model_version,
                    revision=revision.revision,
                    status="ok",
                    landed_at=landing.landed_at,
                    predicted_at=datetime.now(UTC),
                    image=Image(record.partition, record.offset),
                )

    def say(self, predictions: Iterable[Prediction], *, commit: bool = True) -> None:
        """Write predictions in one transaction, which is committed or given up."""
        producer = TransactionalProducer(self.kafka, f"{self.kafka.topic_prefix}scripted")
        producer.begin()
        for prediction in predictions:
            topic = self.topics.predictions(prediction.slot)
            producer.produce(topic, value=encode(prediction), partition=prediction.image.partition)
        producer.flush()
        producer.commit() if commit else producer.abort()

    def commit(self, *slots: str) -> None:
        """Have these slots behind them all that has landed."""
        ends = self.admin.log_ranges(self.topics.images, range(self.partitions))
        offsets = [TopicPartition(self.topics.images, p, held.end) for p, held in ends.items()]
        for slot in slots:
            group = ConsumerGroupTopicPartitions(self.topics.group(slot), offsets)
            self.client.alter_consumer_group_offsets([group])[group.group_id].result(60)

    def pair(self, postgres: PostgresSettings) -> None:
        """Have everything on the prediction topics applied, as the monitor does."""
        sources = current_sources(self.kafka, self.admin)
        records = [record for topic in sources.ids for record in read_topic(self.kafka, topic)]
        with closing(connect(postgres, "test", **SESSION)) as connection:
            flush(connection, records, sources, Span.kept(datetime.now(UTC), days=2))

    def forget(self, topic: str, before: Mapping[int, int]) -> None:
        """Delete what a topic holds before these offsets, as retention does."""
        places = [TopicPartition(topic, partition, offset) for partition, offset in before.items()]
        for deleted in self.client.delete_records(places).values():
            deleted.result(60)

    def remake_images(self) -> None:
        """Delete the images topic and make it anew."""
        self.client.delete_topics([self.topics.images])[self.topics.images].result(60)
        self.admin.ensure(self.topics.all(self.kafka.partitions, (), Retention()))

    def _images(self) -> list[Record]:
        records = read_topic(self.kafka, self.topics.images)
        return [record for record in records if MARKER not in dict(record.headers)]

    def _view(self) -> ControlView:
        with ControlTopic(self.kafka) as control:
            control.read_to_end()
            return control.view
