"""What does the proof of a whole stream cost: seconds, CPU and memory of `umbra verify-stream`?"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import psutil  # type: ignore[import-untyped]
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from benchmarks.detectors import ROOT
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import NAME, PARTITIONS, Installation
from benchmarks.predictions import SHAPES, predicted
from benchmarks.results import Answer, Row
from benchmarks.statistics import estimate
from umbra.contracts.headers import DEPLOYMENT, MARKER
from umbra.contracts.prediction import Image, Prediction
from umbra.contracts.wire import encode, from_epoch_ms
from umbra.control.writer import ControlWriter
from umbra.core.boundary import Boundary
from umbra.core.names import CHAMPION, SHADOW
from umbra.core.revision import Assignment, Revision
from umbra.kafka.producer import Producer
from umbra.kafka.read import read_topic
from umbra.kafka.record import Headers, Record
from umbra.postgres import days
from umbra.postgres.connection import Connection, connect
from umbra.settings import PostgresSettings

_SLOTS = (CHAMPION, SHADOW)
_IMAGE_BYTES = 200
_IN_FLIGHT = 20_000
_EVERY_S = 0.02

_COPY = b"""
    COPY umbra.comparison (
        landed_at, partition, "offset", slot, deployment, image_id, revision, champion, shadow, outcome
    ) FROM STDIN
"""
_FENCE = b"INSERT INTO umbra.fence (topic_id, partition, next_offset, topic) VALUES (%s, %s, %s, %s)"


class _Cost(NamedTuple):
    seconds: float
    cpu_s: float
    megabytes: float


class _Sending(NamedTuple):
    topic: str
    partition: int
    value: bytes
    headers: Headers


def measure(ground: Ground, effort: Effort) -> Answer:
    installation = Installation(ground, _SLOTS)
    _put_in_force(installation)
    _send(installation, _images(installation, effort.proven))
    landed = [r for r in read_topic(installation.kafka, installation.kafka.topics.images) if not _marks(r)]
    _send(installation, _predictions(installation, landed))
    _commit(installation)
    postgres = ground.new_database()
    _keep_pairs(installation, postgres, landed)

    dsn = postgres.postgres_dsn.get_secret_value()
    without = [_verify(installation, effort.proven, "--no-postgres") for _ in range(effort.repeats)]
    with_pairs = [_verify(installation, effort.proven, dsn=dsn) for _ in range(effort.repeats)]
    return Answer(
        "proof",
        f"umbra verify-stream over {effort.proven:,} images, champion and shadow of each ({SHAPES} shapes)",
        [_row("the topics", without), _row("the topics and PostgreSQL's pairs", with_pairs)],
        notes=[f"Images of {_IMAGE_BYTES} bytes: larger ones are read as well, and take what Kafka takes."],
    )


def _row(name: str, costs: list[_Cost]) -> Row:
    return Row(
        name,
        {
            "s": estimate([cost.seconds for cost in costs]),
            "CPU s": estimate([cost.cpu_s for cost in costs]),
            "peak RSS MB": estimate([cost.megabytes for cost in costs]),
        },
    )


def _put_in_force(installation: Installation) -> None:
    slots = {slot: Assignment(f"{slot}@1", {}) for slot in _SLOTS}
    staged = Revision(NAME, 1, "create", "staged", slots, datetime.now(UTC))
    writer = ControlWriter(installation.kafka, lambda step: None)
    topic_id = installation.admin.topic_id(installation.kafka.topics.images)
    writer.activate(staged, topic_id, Boundary(frozenset(range(PARTITIONS)), {}))


def _images(installation: Installation, images: int) -> Iterator[_Sending]:
    value, headers = bytes(_IMAGE_BYTES), [(DEPLOYMENT, NAME.encode())]
    for number in range(images):
        yield _Sending(installation.kafka.topics.images, number % PARTITIONS, value, headers)


def _predictions(installation: Installation, landed: Iterable[Record]) -> Iterator[_Sending]:
    patterns = list(predicted(1000))
    for record in landed:
        for pattern in patterns[record.offset % len(patterns)]:
            said = msgspec.structs.replace(
                pattern,
                landed_at=from_epoch_ms(record.timestamp_ms),
                image=Image(record.partition, record.offset, 128, 128, "image/png", _IMAGE_BYTES),
            )
            yield _sending(installation, said)


def _sending(installation: Installation, said: Prediction) -> _Sending:
    topic = installation.kafka.topics.predictions(said.slot)
    return _Sending(topic, said.image.partition, encode(said), said.headers())


def _send(installation: Installation, records: Iterable[_Sending]) -> None:
    with Producer(installation.kafka, timeout_s=120.0) as producer:
        for number, record in enumerate(records, 1):
            producer.send(
                record.topic, value=record.value, headers=record.headers, partition=record.partition
            )
            if number % _IN_FLIGHT == 0 and producer.flush(120.0):
                raise TimeoutError("Kafka did not take the records within two minutes.")
        producer.flush(120.0)


def _marks(record: Record) -> bool:
    return any(name == MARKER for name, _ in record.headers)


def _commit(installation: Installation) -> None:
    """As if the workers of both slots had judged everything."""
    topics = installation.kafka.topics
    ends = installation.admin.log_ranges(topics.images, range(PARTITIONS))
    places = [TopicPartition(topics.images, partition, held.end) for partition, held in ends.items()]
    client = AdminClient({"bootstrap.servers": installation.kafka.kafka_bootstrap})
    for slot in _SLOTS:
        group = ConsumerGroupTopicPartitions(topics.group(slot), places)
        client.alter_consumer_group_offsets([group])[group.group_id].result(60)


def _keep_pairs(installation: Installation, postgres: PostgresSettings, landed: list[Record]) -> None:
    """As if the monitor had paired everything."""
    same = (SHADOW, NAME, "image", 1, f"{CHAMPION}@1", f"{SHADOW}@1", "compared")
    with connect(postgres, "bench") as db:
        days.make(db, {from_epoch_ms(record.timestamp_ms).date() for record in landed})
        with db.cursor().copy(_COPY) as copy:
            for record in landed:
                copy.write_row((from_epoch_ms(record.timestamp_ms), record.partition, record.offset, *same))
        _set_fences(installation, db)


def _set_fences(installation: Installation, db: Connection) -> None:
    topics = installation.kafka.topics
    for topic in (topics.predictions_champion, topics.predictions_shadow):
        for partition, held in installation.admin.log_ranges(topic, range(PARTITIONS)).items():
            row = (installation.admin.topic_id(topic), partition, held.end, topic)
            db.execute(
                b"INSERT INTO umbra.fence (topic_id, partition, next_offset, topic) VALUES (%s, %s, %s, %s)",
                row,
            )


def _verify(installation: Installation, images: int, *arguments: str, dsn: str = "") -> _Cost:
    command = [sys.executable, "-m", "umbra.cli", "verify-stream", "--json", *arguments]
    environ = installation.environ(UMBRA_POSTGRES_DSN=dsn)
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(command, cwd=ROOT, env=environ, stdout=told) as process,
    ):
        cpu_s, megabytes = _watch(process)
        told.seek(0)
        proof = json.load(told)
    if not proof["holds"] or proof["pending"] or proof["images"] != images:
        raise AssertionError(f"The proof came out otherwise: {proof}")
    return _Cost(proof["seconds"], cpu_s, megabytes)


def _watch(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """CPU seconds and the highest resident memory in MB, sampled until it ends."""
    seen, cpu_s, highest = psutil.Process(process.pid), 0.0, 0
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            used = seen.cpu_times()
            cpu_s, highest = used.user + used.system, max(highest, seen.memory_info().rss)
        time.sleep(_EVERY_S)
    return cpu_s, highest / 1_000_000
