"""Records put into batches."""

from tests.unit.worker.records import TOPIC_ID, make_image, make_revision
from umbra.core.control_view import ControlView
from umbra.kafka.record import Record
from umbra.worker.epoch import Epoch
from umbra.worker.rules import Rules
from umbra.worker.sorting import Bounds, Sorter
from umbra.worker.work import Batch

RULES = Rules(ControlView([make_revision(1, {0: 0, 1: 0})]), "champion", TOPIC_ID)


def batches(*records: Record, images: int = 64, size: int = 10**6, slot: str = "champion") -> list[Batch]:
    judged = [(record, RULES.verdict(record)) for record in records]
    return list(Sorter(slot).batches(judged, Epoch(), Bounds(images, size), 0.0))


def sizes(found: list[Batch]) -> list[int]:
    return [len(batch.tasks) for batch in found]


def test_no_records_give_one_empty_batch() -> None:
    assert sizes(batches()) == [0]
    assert batches()[0].offsets == {}


def test_a_batch_is_bounded_by_count() -> None:
    found = batches(*(make_image(offset) for offset in range(5)), images=2)
    assert sizes(found) == [2, 2, 1]
    assert [batch.offsets[0].offset for batch in found] == [2, 4, 5]


def test_a_batch_is_bounded_by_bytes_but_holds_one_image_whatever_its_size() -> None:
    records = [make_image(offset, value=b"x" * 600) for offset in range(3)]
    assert sizes(batches(*records, size=1000)) == [1, 1, 1]
    assert sizes(batches(*records, size=1200)) == [2, 1]
    assert sizes(batches(*records, size=1)) == [1, 1, 1]


def test_a_claim_check_weighs_what_a_large_image_does() -> None:
    headers = [("deployment", b"digits"), ("uri", b"images/x")]
    records = [make_image(offset, value=b"", headers=headers) for offset in range(3)]
    assert sizes(batches(*records, size=16_000_000)) == [2, 1]


def test_offsets_of_every_partition_go_with_the_batch() -> None:
    found = batches(make_image(7), make_image(3, partition=1), make_image(8))
    assert {partition: at.offset for partition, at in found[0].offsets.items()} == {0: 9, 1: 4}


def test_an_unknown_image_is_a_dead_letter_of_the_champion_alone() -> None:
    unknown = make_image(deployment="nobody")
    champion, shadow = batches(unknown), batches(unknown, slot="shadow")
    assert [letter.code for letter in champion[0].dead_letters] == ["unknown-deployment"]
    assert "nobody" in champion[0].dead_letters[0].message
    assert shadow[0].dead_letters == []
    assert shadow[0].offsets[0].offset == 1
