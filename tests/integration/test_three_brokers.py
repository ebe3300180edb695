"""A Kafka of three brokers, started one by one: what one broker cannot do, and what three make safer."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.servers import running_kafka
from umbra.contracts.topics import Retention, Topic
from umbra.core.errors import Refused
from umbra.kafka.admin import Admin
from umbra.kafka.answers import Answers
from umbra.kafka.transaction import ProducerLost, TransactionalProducer
from umbra.local.jars import ensure_jars
from umbra.local.kafka import Kafka, find_java
from umbra.local.ports import LOOPBACK, Ports
from umbra.settings import KafkaSettings

CLUSTER = "4L6g3nShT-eMCtK--X86sw"


class Cluster:
    """Brokers that ask for three replicas of everything; the first one is the controller too."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self._ports = Ports()
        self._controller = self._ports.any()
        self._brokers: list[Kafka] = []

    def start_another(self) -> KafkaSettings:
        """Start one more broker; how to reach the first."""
        node = len(self._brokers) + 1
        port = self._ports.any()
        directory = self._directory / str(node)
        properties = self._properties(node, port)
        broker = Kafka(directory, port, self._controller, ensure_jars(), find_java(), properties, CLUSTER)
        self._stack.enter_context(running_kafka(broker))
        self._brokers.append(broker)
        return KafkaSettings(kafka_bootstrap=self._brokers[0].address, partitions=1)

    def _properties(self, node: int, port: int) -> dict[str, object]:
        properties: dict[str, object] = {
            "node.id": node,
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._controller}",
            "default.replication.factor": 3,
            "transaction.state.log.replication.factor": 3,
            "transaction.state.log.min.isr": 2,
            "transaction.state.log.num.partitions": 1,
        }
        if node == 1:
            return properties
        return properties | {"process.roles": "broker", "listeners": f"PLAINTEXT://{LOOPBACK}:{port}"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path_factory.mktemp("cluster"), stack)


@pytest.fixture(scope="module")
def one(cluster: Cluster) -> KafkaSettings:
    return cluster.start_another()


@pytest.fixture(scope="module")
def three(cluster: Cluster, one: KafkaSettings) -> KafkaSettings:
    cluster.start_another()
    return cluster.start_another()


def test_transactions_that_would_wait_for_more_brokers_for_ever_are_refused(one: KafkaSettings) -> None:
    fix = r"of the 3 brokers that transaction.state.log.replication.factor and .* ask for 1 are there"
    with pytest.raises(Refused, match=fix):
        Admin(one).check_transactions(10_000)


def test_whoever_may_not_look_is_told_what_it_may_be(one: KafkaSettings) -> None:
    with pytest.raises(ProducerLost, match=r"transaction.state.log.replication.factor and .* ask for more"):
        TransactionalProducer(one, "umbra.relay", timeout_ms=1000)


def test_two_brokers_must_have_what_is_written_to_topics_of_three_replicas(three: KafkaSettings) -> None:
    admin = Admin(three)
    made = admin.ensure(three.topics.all(1, ("champion",), Retention()))
    configs = Answers(three).topic_configs(made, 10)
    assert [config["min.insync.replicas"] for config in configs] == ["2"] * len(made)
    admin.check_transactions(10_000)
    TransactionalProducer(three, "umbra.relay")


def test_a_topic_with_one_replica_on_several_brokers_is_warned_of(
    three: KafkaSettings, caplog: pytest.LogCaptureFixture
) -> None:
    client = AdminClient({"bootstrap.servers": three.kafka_bootstrap})
    client.create_topics([NewTopic("single", 1, 1)])["single"].result(30)
    with caplog.at_level(logging.WARNING):
        Admin(three).check([Topic("single", 1, {})])
    assert "Topics have one replica on 3 brokers" in caplog.text
