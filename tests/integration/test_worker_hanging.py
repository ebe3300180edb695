"""A transaction left hanging is ended by the worker whose it was: nothing is lost, nothing judged twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.hanging import leave_hanging
from tests.integration.workplace import SCENES, SMALL, Workplace
from umbra.contracts.wire import encode
from umbra.settings import KafkaSettings
from umbra.worker import hanging

IMAGES = 6
"""Of one partition."""


@pytest.fixture
def workplace(kafka: KafkaSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    monkeypatch.setattr(hanging, "PATIENCE_S", 1.0)
    with Workplace(kafka.model_copy(update={"partitions": 1}), tmp_path) as workplace:
        workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
        yield workplace


def hang(workplace: Workplace, offset: int, record: bytes | None) -> None:
    topics = workplace.topics
    leave_hanging(
        workplace.kafka.kafka_bootstrap,
        topics.worker("champion", "0"),
        group=topics.group("champion"),
        offsets={(topics.images, 0): offset},
        records={} if record is None else {(topics.predictions("champion"), 0): record},
    )


def judged_offsets(workplace: Workplace, images: int) -> list[int]:
    return [prediction.image.offset for prediction in workplace.judged(images)]


def test_offsets_that_hang_are_given_up_and_the_images_judged_again(workplace: Workplace) -> None:
    with workplace.worker():
        first = workplace.send(SCENES[:IMAGES])
        (*_, last) = workplace.judged(IMAGES)
    unseen = encode(last)
    hang(workplace, first[-1].offset + 100, unseen)

    second = workplace.send(SCENES[:IMAGES], start=IMAGES)
    with workplace.worker():
        offsets = judged_offsets(workplace, 2 * IMAGES)

    assert offsets == [place.offset for place in (*first, *second)]


def test_what_became_visible_is_not_judged_again(workplace: Workplace) -> None:
    with workplace.worker():
        first = workplace.send(SCENES[:IMAGES])
        (*_, last) = workplace.judged(IMAGES)
    second = workplace.send(SCENES[:IMAGES], start=IMAGES)
    for place, number in zip(second[:3], range(IMAGES, IMAGES + 3), strict=True):
        last.image.offset, last.image_id = place.offset, f"img{number}"
        topic = workplace.topics.predictions("champion")
        workplace.producer.send(topic, key=last.image_id.encode(), value=encode(last), partition=0).result(30)
    hang(workplace, second[2].offset + 1, None)

    with workplace.worker():
        offsets = judged_offsets(workplace, 2 * IMAGES)

    assert offsets == [place.offset for place in (*first, *second)]
