"""Whatever becomes of a group, its offsets or its topic: the revision of its place judges an image."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.integration.workplace import LARGE, SCENES, SMALL, Workplace, place, stop, until
from umbra.core.revision import Revision
from umbra.kafka.record import Place
from umbra.settings import KafkaSettings

Judged = Counter[tuple[Place, int, str]]
"""Place of an image, the revision it was judged under, its ModelVersion: how often."""


@pytest.fixture
def workplace(kafka: KafkaSettings, tmp_path: Path) -> Iterator[Workplace]:
    with Workplace(kafka, tmp_path) as workplace:
        yield workplace


@pytest.fixture
def tools(kafka: KafkaSettings) -> AdminClient:
    """What Kafka's own tools are made of."""
    return AdminClient({"bootstrap.servers": kafka.kafka_bootstrap})


def test_a_group_that_is_reset_deleted_or_behind_judges_by_the_revision_of_the_place(
    workplace: Workplace, tools: AdminClient
) -> None:
    small, large = workplace.assignment("small@1", SMALL), workplace.assignment("large@1", LARGE)
    landed = [
        (workplace.activate(slots), workplace.send(SCENES[:8]))
        for slots in (
            {"champion": small, "late": small},
            {"champion": large, "shadow": small, "late": large},
            {"champion": small, "shadow": large, "late": small},
        )
    ]

    # By Kafka's own tools: one group's offsets set to its second image each, the other group deleted.
    commit(tools, workplace, "champion", landed[0][1][4:])
    commit(tools, workplace, "shadow", landed[2][1])
    tools.delete_consumer_groups([group := workplace.topics.group("shadow")])[group].result(60)
    with workplace.worker("champion"), workplace.worker("shadow"):
        workplace.judged(20, "champion")
        workplace.judged(16, "shadow")
    assert judged(workplace, "champion") == of_their_places(
        "champion", [(landed[0][0], landed[0][1][4:]), *landed[1:]]
    )
    assert judged(workplace, "shadow") == of_their_places("shadow", landed[1:])

    # A day behind: all that is left of its backlog is the last image of each partition, and no marker.
    commit(tools, workplace, "late", landed[0][1])
    left = landed[2][1][4:]
    forget(tools, workplace, left)
    with workplace.worker("late"):
        workplace.judged(4, "late")
        (status,) = until(lambda: [s for s in workplace.statuses().values() if s.expired])
    assert judged(workplace, "late") == of_their_places("late", [(landed[2][0], left)])
    assert status.expired == sum(
        last.offset - first.offset for first, last in zip(landed[0][1][:4], left, strict=True)
    )


def test_an_images_topic_deleted_and_made_anew_is_judged_from_its_first_image(
    workplace: Workplace, tools: AdminClient
) -> None:
    first = workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    workplace.send(SCENES[:8])
    worker = workplace.process()
    try:
        workplace.judged(8)
        tools.delete_topics([workplace.topics.images])[workplace.topics.images].result(60)
        until(lambda: workplace.topics.images not in workplace.admin.partitions())
        workplace.make_topics()
        sent = workplace.send(SCENES[:4])
        anchored = replace(
            first,
            revision=2,
            kind="reanchor",
            topic_id=workplace.admin.topic_id(workplace.topics.images),
            starts=dict.fromkeys(range(4), 0),
        )
        workplace.publish(anchored)

        def supervised() -> bool:
            nonlocal worker
            if worker.poll() is not None:
                worker = workplace.process()
            return len(workplace.predictions()) >= 12

        until(supervised)
        assert stop(worker) == 0
    finally:
        worker.kill()
        worker.wait()
    anew = [prediction for prediction in workplace.predictions() if prediction.revision == 2]
    assert Counter(map(place, anew)) == Counter(sent)


def test_among_200_deployments_of_3_slots_a_worker_judges_what_comes_first(workplace: Workplace) -> None:
    slots = ("champion", "shadow", "canary-b")
    small = workplace.assignment("small@1", SMALL)
    first = workplace.activate({slot: replace(small, model_version=f"{slot}-0@1") for slot in slots}, "d0")
    for number in range(1, 200):
        held = {slot: replace(small, model_version=f"{slot}-{number}@1") for slot in slots}
        workplace.publish(replace(first, deployment=f"d{number}", slots=held))
    for number in (199, 100, 0):
        workplace.send(SCENES[:4], deployment=f"d{number}")

    with workplace.worker("canary-b"):
        predictions = workplace.judged(12, "canary-b")
        (status,) = until(lambda: [s for s in workplace.statuses().values() if len(s.models) == 200])

    versions = Counter((p.deployment, p.model_version) for p in predictions)
    assert versions == {(f"d{number}", f"canary-b-{number}@1"): 4 for number in (199, 100, 0)}
    assert len(status.revisions) == 200


def judged(workplace: Workplace, slot: str) -> Judged:
    """What the workers of a slot have done."""
    return Counter((place(p), p.revision, p.model_version) for p in workplace.predictions(slot))


def of_their_places(slot: str, landed: Iterable[tuple[Revision, list[Place]]]) -> Judged:
    """What they should have done with images that landed under these revisions."""
    return Counter(
        (image, revision.revision, revision.slots[slot].model_version)
        for revision, images in landed
        for image in images
    )


def commit(tools: AdminClient, workplace: Workplace, slot: str, images: Iterable[Place]) -> None:
    """Set a group's offsets to the first of these images in each partition."""
    first: dict[int, int] = {}
    for image in images:
        first.setdefault(image.partition, image.offset)
    places = [TopicPartition(workplace.topics.images, p, offset) for p, offset in first.items()]
    group = ConsumerGroupTopicPartitions(workplace.topics.group(slot), places)
    answer = tools.alter_consumer_group_offsets([group])[group.group_id].result(60)
    assert not any(place.error for place in answer.topic_partitions)


def forget(tools: AdminClient, workplace: Workplace, first: Iterable[Place]) -> None:
    """Delete what landed before these images, as retention does."""
    places = [TopicPartition(workplace.topics.images, image.partition, image.offset) for image in first]
    for done in tools.delete_records(places).values():
        done.result(60)
