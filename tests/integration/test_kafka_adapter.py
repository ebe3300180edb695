"""umbra.kafka on a real broker: what each adapter promises."""

import threading
import time
from collections.abc import Callable

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from umbra.contracts.topics import Retention, Topic
from umbra.control.view import ControlTopic
from umbra.core.errors import Refused, Retryable
from umbra.kafka.admin import Admin
from umbra.kafka.group import Change, GroupConsumer
from umbra.kafka.producer import Producer
from umbra.kafka.read import read_record, read_topic
from umbra.kafka.record import Place, Record
from umbra.kafka.transaction import ProducerLost, TransactionAborted, TransactionalProducer
from umbra.settings import KafkaSettings


@pytest.fixture
def topic(kafka: KafkaSettings) -> str:
    """A topic of two partitions, and the control topic."""
    name = f"{kafka.topic_prefix}two"
    Admin(kafka).ensure([Topic(name, 2, {}), Topic(kafka.topics.control, 1, {"cleanup.policy": "compact"})])
    return name


def test_what_is_sent_is_read_at_its_place(kafka: KafkaSettings, topic: str) -> None:
    with Producer(kafka) as producer:
        sent = producer.send(topic, value=b"v", key=b"k", headers=[("a", b"1"), ("a", b"2")], partition=1)
        place = sent.result(60)
    record = read_record(kafka, topic, place.partition, place.offset)
    assert record is not None
    assert (place, record.key, record.value) == (Place(1, 0), b"k", b"v")
    assert record.headers == [("a", b"1"), ("a", b"2")]
    assert read_record(kafka, topic, 1, 1) is None
    assert read_record(kafka, topic, 0, 0) is None


def test_a_record_too_large_is_refused(kafka: KafkaSettings, topic: str) -> None:
    with Producer(kafka) as producer, pytest.raises(Refused, match="refused"):
        producer.send(topic, value=bytes(5_000_000)).result(60)


def test_without_kafka_nothing_is_half_done() -> None:
    nowhere = KafkaSettings(kafka_bootstrap="127.0.0.1:1")
    with pytest.raises(Retryable, match="Is it running"):
        Admin(nowhere).partitions(0.5)
    producer = Producer(nowhere, timeout_s=0.5)
    with pytest.raises(Retryable):
        producer.send("any", value=b"").result(60)
    producer.close(0.5)


def test_what_was_not_sent_when_a_producer_closes_is_told_so() -> None:
    producer = Producer(KafkaSettings(kafka_bootstrap="127.0.0.1:1"), timeout_s=600)
    sent = producer.send("any", value=b"")
    producer.close(0.1)
    with pytest.raises(Retryable):
        sent.result(0)


def test_topics_are_made_once_grown_and_checked(kafka: KafkaSettings) -> None:
    admin, topics = Admin(kafka), kafka.topics.all(2, ("champion",), Retention())
    assert admin.ensure(topics) == [topic.name for topic in topics]
    assert admin.ensure(topics) == []
    admin.grow(kafka.topics.images, 3)
    with pytest.raises(Refused, match="UMBRA_PARTITIONS=3"):
        admin.check(topics)
    with pytest.raises(Refused, match="cannot reduce"):
        admin.grow(kafka.topics.images, 1)
    wrong = Topic(kafka.topics.control, 1, {"cleanup.policy": "delete"})
    with pytest.raises(Refused, match="--add-config"):
        admin.check([wrong])


def test_an_aborted_transaction_is_never_seen_and_a_committed_one_whole(
    kafka: KafkaSettings, topic: str
) -> None:
    producer = TransactionalProducer(kafka, f"{kafka.topic_prefix}t")
    for value, end in ((b"void", producer.abort), (b"kept", producer.commit)):
        producer.begin()
        producer.produce(topic, value=value, partition=0)
        producer.produce(topic, value=value, partition=1)
        producer.flush()
        end()
    assert [record.value for record in read_topic(kafka, topic)] == [b"kept", b"kept"]


def test_a_zombie_is_fenced_by_its_successor(kafka: KafkaSettings, topic: str) -> None:
    zombie = TransactionalProducer(kafka, f"{kafka.topic_prefix}t")
    zombie.begin()
    zombie.produce(topic, value=b"zombie")
    zombie.flush()
    TransactionalProducer(kafka, f"{kafka.topic_prefix}t")
    with pytest.raises((ProducerLost, TransactionAborted)):
        zombie.commit()
    assert list(read_topic(kafka, topic)) == []


def test_a_member_resumes_where_a_transaction_committed(kafka: KafkaSettings, topic: str) -> None:
    with Producer(kafka) as producer:
        for number in range(6):
            producer.send(topic, value=b"%d" % number, partition=0).result(60)
    changes: list[Change] = []
    member = GroupConsumer(kafka, topic, f"{kafka.topic_prefix}g", "m", changes.append)
    _assigned(member, [0, 1])
    assert member.committed([0, 1], 5) == {}

    member.seek({0: 2, 1: 0})
    assert [record.offset for record in _take(member, 4)] == [2, 3, 4, 5]
    transaction = TransactionalProducer(kafka, f"{kafka.topic_prefix}t")
    transaction.begin()
    transaction.send_offsets({(topic, 0): (4, "attempts=2")}, member.group_metadata())
    transaction.commit()
    assert member.committed([0], 5) == {0: (4, "attempts=2")}

    member.seek({0: 4})
    assert [record.offset for record in _take(member, 2)] == [4, 5]
    member.close()
    assert changes[0] == "assigned"


def test_a_member_with_nothing_to_read_is_told_that_it_is_in(kafka: KafkaSettings, topic: str) -> None:
    told: dict[str, list[Change]] = {"first": [], "second": []}
    single, group = kafka.topics.control, f"{kafka.topic_prefix}g"
    members = [GroupConsumer(kafka, single, group, name, changes.append) for name, changes in told.items()]
    deadline = time.monotonic() + 120
    while not all(told.values()):
        assert time.monotonic() < deadline, told
        for member in members:
            member.take(1, 0.05)

    assert sorted(len(member.assigned()) for member in members) == [0, 1]
    for member in members:
        member.close()


def test_the_end_of_a_partition_passes_the_markers_of_transactions(kafka: KafkaSettings, topic: str) -> None:
    producer = TransactionalProducer(kafka, f"{kafka.topic_prefix}t")
    producer.begin()
    producer.produce(topic, value=b"v", partition=0)
    producer.commit()
    member = GroupConsumer(kafka, topic, f"{kafka.topic_prefix}g", "m", lambda change: None)
    _assigned(member, [0, 1])
    member.seek({0: 0, 1: 0})
    assert [record.offset for record in _take(member, 1)] == [0]
    _until(lambda: member.take(10, 0.1) or member.ends.get(0) == 2)
    member.seek({0: 0})
    assert 0 not in member.ends
    member.close()


def test_a_paused_partition_goes_on_where_it_was_sought(kafka: KafkaSettings, topic: str) -> None:
    with Producer(kafka) as producer:
        for number in range(40):
            producer.send(topic, value=b"%d" % number, partition=0)
    member = GroupConsumer(kafka, topic, f"{kafka.topic_prefix}g", "m", lambda change: None)
    _assigned(member, [0, 1])
    for offset in (0, 30, 10, 20):
        member.pause([0, 1])
        member.seek({0: offset, 1: 0})
        assert _take(member, 1)[0].offset == offset
    member.close()


def test_a_member_that_retention_overtook_goes_on(kafka: KafkaSettings, topic: str) -> None:
    with Producer(kafka) as producer:
        for number in range(6):
            producer.send(topic, key=b"k", value=b"%d" % number, partition=0).result(30)
    client = AdminClient({"bootstrap.servers": kafka.kafka_bootstrap})
    client.delete_records([TopicPartition(topic, 0, 4)])[TopicPartition(topic, 0, 4)].result(30)
    member = GroupConsumer(kafka, topic, f"{kafka.topic_prefix}g", "m", lambda change: None)
    _assigned(member, [0, 1])

    before = member.changes
    member.seek({0: 0, 1: 0})
    _until(lambda: member.take(1, 0.1) or member.changes > before)
    member.seek({0: 4, 1: 0})

    assert [(record.offset, record.value) for record in _take(member, 2)] == [(4, b"4"), (5, b"5")]
    member.close()


def test_control_is_read_to_an_end_that_waits_for_open_transactions(kafka: KafkaSettings, topic: str) -> None:
    relay = TransactionalProducer(kafka, f"{kafka.topic_prefix}relay")
    with ControlTopic(kafka) as control:
        control.read_to_end(10)
        relay.begin()
        relay.produce(kafka.topics.control, key=b"digits@1", value=b"broken")
        relay.flush()
        with pytest.raises(Retryable, match="transaction may still be open"):
            control.read_to_end(0.5)
        threading.Timer(0.2, relay.commit).start()
        control.read_to_end(10)
        assert (control.changes, control.invalid) == (1, 1)


def _assigned(member: GroupConsumer, partitions: list[int]) -> None:
    _until(lambda: member.take(1, 0.1) or member.assigned() == partitions)


def _take(member: GroupConsumer, records: int) -> list[Record]:
    taken: list[Record] = []
    deadline = time.monotonic() + 90
    while len(taken) < records:
        assert time.monotonic() < deadline
        taken += member.take(10, 0.1)
    return taken


def _until(probe: Callable[[], object]) -> None:
    deadline = time.monotonic() + 90
    while not probe():
        assert time.monotonic() < deadline
