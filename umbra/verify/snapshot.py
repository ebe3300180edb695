"""How far everybody is, asked in an order that lets nothing on a running system look like a fault.

A committed offset promises that the predictions below it are written, so the ends of their topics are asked
after it. A prediction tells of an image and a revision that were there before it, so the end of the images
and the control topic come last.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from umbra.core.errors import Refused
from umbra.kafka.admin import Admin, LogRange
from umbra.kafka.progress import progress
from umbra.kafka.read import read_topic
from umbra.settings import KafkaSettings
from umbra.verify.control import Control, read_control

_EVERY_S = 0.5


@dataclass(frozen=True)
class Snapshot:
    """
    Attributes:
        topic_id: of the images topic.
        prediction_ids: topic name to id, of both prediction topics.
        committed: slot to partition to the next offset of the slot's group.
        ranges: topic to partition to the offsets that are to be read.
    """

    control: Control
    topic_id: str
    prediction_ids: Mapping[str, str]
    committed: Mapping[str, Mapping[int, int]]
    ranges: Mapping[str, Mapping[int, LogRange]]

    def partitions(self) -> list[int]:
        """Of the images and of both prediction topics, which may have more for a while."""
        return sorted({partition for ranges in self.ranges.values() for partition in ranges})

    def offsets(self) -> int:
        """How many are to be read in all."""
        return sum(held.end - held.start for ranges in self.ranges.values() for held in ranges.values())

    def committed_in(self, partition: int) -> dict[str, int]:
        """By slot; a slot whose group has committed nothing there is not named."""
        return {slot: found[partition] for slot, found in self.committed.items() if partition in found}


def take(settings: KafkaSettings, admin: Admin) -> Snapshot:
    """Ask everybody.

    Raises:
        Retryable: Kafka is away; Refused: a topic is missing, or a right.
    """
    topics = settings.topics
    predictions = (topics.predictions_champion, topics.predictions_shadow)
    topic_id = admin.topic_id(topics.images)
    prediction_ids = {topic: admin.topic_id(topic) for topic in predictions}
    slots = read_control(read_topic(settings, topics.control)).slots()

    counts = admin.partitions()
    everywhere = range(counts[topics.images])
    committed = {s: progress(settings, topics.group(s), topics.images, everywhere) for s in slots}
    ranges = {topic: admin.log_ranges(topic, range(counts[topic])) for topic in predictions}
    # No worker judges what an open transaction may still take back.
    ranges[topics.images] = admin.log_ranges(topics.images, everywhere, committed=True)
    control = read_control(read_topic(settings, topics.control))
    return Snapshot(control, topic_id, prediction_ids, committed, ranges)


def wait_until_judged(settings: KafkaSettings, admin: Admin, deadline: float) -> bool:
    """Wait until the groups have behind them what has landed by now; False: not by the deadline.

    Args:
        deadline: seconds monotonic.
    """
    images = settings.topics.images
    ends = admin.log_ranges(images, range(_partitions(admin, images)), committed=True)
    control = read_control(read_topic(settings, settings.topics.control))
    slots = {slot for revision in control.newest() for slot in revision.judging()}
    while not all(_has_behind_it(settings, slot, ends) for slot in slots):
        if time.monotonic() > deadline:
            return False
        time.sleep(_EVERY_S)
    return True


def _has_behind_it(settings: KafkaSettings, slot: str, ends: Mapping[int, LogRange]) -> bool:
    topics = settings.topics
    committed = progress(settings, topics.group(slot), topics.images, ends)
    return all(committed.get(partition, 0) >= held.end for partition, held in ends.items())


def _partitions(admin: Admin, topic: str) -> int:
    found = admin.partitions().get(topic)
    if found is None:
        raise Refused(f"There is no topic {topic}: `umbra topics` makes the topics.")
    return found
