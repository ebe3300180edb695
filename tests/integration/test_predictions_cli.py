"""`umbra predictions tail` on a real Kafka: what slots say from now on, read committed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from tests.predictions import make_failed, make_prediction
from umbra.contracts.prediction import Prediction, prediction_decoder
from umbra.contracts.topics import Retention
from umbra.contracts.wire import encode
from umbra.kafka.admin import Admin
from umbra.kafka.transaction import TransactionalProducer
from umbra.settings import KafkaSettings

DEADLINE_S = 60.0


class Kafka:
    """The prediction topics, and `umbra predictions tail` on them."""

    def __init__(self, settings: KafkaSettings) -> None:
        topics = settings.topics.all(settings.partitions, ("champion", "shadow"), Retention())
        Admin(settings).ensure(topics)
        self._settings = settings
        self._producer = TransactionalProducer(settings, f"{settings.topic_prefix}test")

    def tail(self, told: Sequence[Prediction | bytes], *arguments: str) -> tuple[list[str], str]:
        """Lines and standard error of a tail that ends by itself, while `told` is said again and again."""
        environ = {
            "UMBRA_KAFKA_BOOTSTRAP": self._settings.kafka_bootstrap,
            "UMBRA_TOPIC_PREFIX": self._settings.topic_prefix,
        }
        command = [sys.executable, "-m", "umbra.cli", "predictions", "tail", *arguments]
        deadline = time.monotonic() + DEADLINE_S
        with subprocess.Popen(
            command, env=os.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                while process.poll() is None:
                    assert time.monotonic() < deadline, "It does not end."
                    self._say(told)
            finally:
                process.kill()
            out, err = process.communicate()
        assert process.returncode == 0, err
        return out.splitlines(), err

    def _say(self, told: Sequence[Prediction | bytes]) -> None:
        self._transact([make_prediction(image_id="aborted")])
        self._producer.abort()
        self._transact(told)
        self._producer.commit()

    def _transact(self, told: Sequence[Prediction | bytes]) -> None:
        self._producer.begin()
        for said in told:
            slot, value = ("champion", said) if isinstance(said, bytes) else (said.slot, encode(said))
            self._producer.produce(self._settings.topics.predictions(slot), value=value, partition=0)
        self._producer.flush()


@pytest.fixture
def topics(kafka: KafkaSettings) -> Kafka:
    return Kafka(kafka)


def test_json_is_the_prediction_as_it_is_on_the_wire(topics: Kafka) -> None:
    wanted = make_prediction(image_id="wanted", slot="shadow")
    others = [make_prediction(slot="shadow", deployment="other"), make_prediction(image_id="champion's")]

    lines, _ = topics.tail([*others, wanted], "--json", "-n", "1", "-d", "digits", "--slot", "shadow")

    assert [prediction_decoder.decode(line.encode()) for line in lines] == [wanted]
    assert json.loads(lines[0])["v"] == 1


def test_people_read_what_was_seen_and_what_failed(topics: Kafka) -> None:
    failed = make_failed(image_id="broken")

    lines, err = topics.tail([b"{not json", make_prediction(image_id="fine"), failed], "-n", "2")

    assert sorted(" ".join(line.split()[1:]) for line in lines) == [
        "digits champion digits-small@1 r1 broken (0-0) 4.0 ms: undecodable",
        "digits champion digits-small@1 r1 fine (0-0) 4.0 ms: 7 0.90, 3 0.80",
    ]
    assert "skipped" in err
