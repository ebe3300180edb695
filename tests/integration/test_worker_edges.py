"""The rarer turns of a worker's life on a real Kafka."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.integration.workplace import SCENES, SMALL, Workplace, place, stop, until
from tests.prometheus import by_label, scrape
from tests.servers import embedded_kafka
from umbra.contracts.headers import first_values
from umbra.core.errors import Refused
from umbra.local.ports import Ports
from umbra.settings import KafkaSettings


@pytest.fixture
def workplace(kafka: KafkaSettings, tmp_path: Path) -> Iterator[Workplace]:
    with Workplace(kafka, tmp_path) as workplace:
        yield workplace


def test_a_prediction_too_large_for_its_topic_becomes_a_failed_one(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    bulky = b'{"note": "' + b"x" * 3_992_000 + b'"}'
    workplace.send([b"no image"], headers=[("metadata", bulky)])
    workplace.send([SCENES[1]], headers=[("traceparent", b"y" * 2_500_000)])
    workplace.send([SCENES[2]])
    with workplace.worker():
        predictions = workplace.judged(3)
    assert sorted(p.error.code if p.error else "ok" for p in predictions) == [
        "ok",
        "output-too-large",
        "output-too-large",
    ]
    assert [letter.value for letter in workplace.dead_letters()] == [None, None]


def test_images_that_left_the_log_are_counted_and_passed(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    workplace.send(SCENES[:4])
    with workplace.worker():
        workplace.judged(4)
    places = workplace.send(SCENES[:12])
    _delete_records(workplace, {0: places[4].offset})
    with workplace.worker():
        workplace.judged(4 + 12 - 1)
        expired = until(lambda: [s.expired for s in workplace.statuses().values() if s.expired])
    # What is gone cannot be looked at: the record that ended a transaction there counts as an image.
    assert expired in ([1], [2])


def test_a_partition_no_revision_names_yet_waits_and_the_others_go_on(workplace: Workplace) -> None:
    active = workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    without = {partition: start for partition, start in active.starts.items() if partition != 3}
    workplace.publish(replace(active, starts=without))
    workplace.send(SCENES[:8])
    with workplace.worker(metrics_port=(port := Ports().any())):
        workplace.judged(6)
        blocked = until(lambda: [s.blocked for s in workplace.statuses().values() if s.blocked])
        assert blocked[0].keys() == {3}
        waiting = {"0": 0.0, "1": 0.0, "2": 0.0, "3": 1.0}
        until(lambda: by_label(scrape(port), "umbra_worker_blocked") == waiting)
        assert len(workplace.predictions()) == 6
        reanchored = replace(active, revision=9, kind="reanchor", starts={**without, 3: 0})
        workplace.publish(reanchored)
        predictions = workplace.judged(8)
        until(lambda: not any(by_label(scrape(port), "umbra_worker_blocked").values()))
    assert {p.revision for p in predictions if p.image.partition == 3} == {9}


def test_a_new_shadow_begins_where_its_slot_does_and_the_champion_at_the_beginning(
    workplace: Workplace,
) -> None:
    small = workplace.assignment("small@1", SMALL)
    workplace.activate({"champion": small})
    workplace.send(SCENES[:8])
    second = workplace.activate({"champion": small, "shadow": small})
    workplace.send(SCENES[:8])
    with workplace.worker("shadow"):
        shadow = workplace.judged(8, "shadow")
    with workplace.worker("champion"):
        assert len(workplace.judged(16)) == 16
    assert len(workplace.predictions("shadow")) == 8
    assert all(p.image.offset > second.starts[p.image.partition] for p in shadow)


def test_a_worker_refuses_missing_topics_and_wrong_partition_counts(workplace: Workplace) -> None:
    for settings, words in (
        (workplace.settings().model_copy(update={"partitions": 8}), "umbra topics --partitions 8"),
        (workplace.settings().model_copy(update={"partitions": 2}), "UMBRA_PARTITIONS=4"),
        (workplace.settings().model_copy(update={"topic_prefix": "nowhere."}), "is missing"),
    ):
        with pytest.raises(Refused, match=words):
            workplace.run(settings)


def test_a_worker_that_starts_before_its_kafka_waits_for_it(tmp_path: Path) -> None:
    broker = tmp_path / "kafka"
    broker.mkdir()
    kafka = KafkaSettings(kafka_bootstrap=f"127.0.0.1:{Ports().any()}")
    port = int(kafka.kafka_bootstrap.rpartition(":")[2])
    with embedded_kafka(broker, port), Workplace(kafka, tmp_path) as workplace:
        workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
        places = workplace.send(SCENES[:4])

    worker = workplace.process()
    try:
        until(lambda: "Waiting for Kafka" in workplace.log())
        with embedded_kafka(broker, port):
            workplace.judged(4)
            assert Counter(map(place, workplace.predictions())) == Counter(places)
            assert stop(worker) == 0, workplace.log()
    finally:
        worker.kill()
        worker.wait()


def test_a_provider_that_is_not_to_be_had_ends_the_worker_and_its_status_says_why(
    workplace: Workplace,
) -> None:
    worker = workplace.process(UMBRA_ORT_PROVIDERS="OpenVINO,CPU")

    assert worker.wait(60) == 2
    assert "OpenVINOExecutionProvider is not part of this onnxruntime" in workplace.log()
    (status,) = workplace.statuses().values()
    assert status.failure is not None
    assert "OpenVINOExecutionProvider is not part" in status.failure


def test_a_model_that_cannot_be_had_ends_the_worker_and_commits_nothing(workplace: Workplace) -> None:
    assignment = workplace.assignment("small@1", SMALL)
    workplace.activate({"champion": assignment})
    workplace.send(SCENES[:4])
    for model in (workplace.directory / "store" / "models").iterdir():
        model.unlink()
    assert workplace.run(workplace.settings()) == 1
    assert workplace.admin.committed(workplace.topics.group("champion"), workplace.topics.images) == {}


def test_broken_control_records_are_passed(workplace: Workplace) -> None:
    workplace.producer.send(workplace.topics.control, key=b"digits@1", value=b"{not json")
    workplace.producer.send(workplace.topics.control, key=b"digits@2", value=b'{"v": 1}')
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    workplace.send(SCENES[:2], headers=[("umbra-other", b"1")])
    with workplace.worker():
        assert len(workplace.judged(2)) == 2


def test_headers_that_cannot_be_read_fail_the_image_alone(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    at = workplace.send([SCENES[0]], headers=[("tags", b"{")])[0]
    with workplace.worker():
        failed = workplace.judged(1)[0]
    assert failed.error is not None
    assert failed.error.code == "invalid-message"
    letter = until(workplace.dead_letters)[0]
    assert letter.value is None
    assert first_values(letter.headers)["origin"] == f"{workplace.topics.images}:0:{at.offset}".encode()


def _delete_records(workplace: Workplace, before: dict[int, int]) -> None:
    client = AdminClient({"bootstrap.servers": workplace.kafka.kafka_bootstrap})
    places = [TopicPartition(workplace.topics.images, p, offset) for p, offset in before.items()]
    for deleted in client.delete_records(places).values():
        deleted.result(60)
