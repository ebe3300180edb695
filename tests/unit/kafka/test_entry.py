"""What librdkafka's error callback hears, as a person is told it."""

import pytest
from confluent_kafka import KafkaError

from umbra.kafka.entry import Entry
from umbra.settings import KafkaSettings

REFUSED = "SASL authentication error: Authentication failed"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_nothing_heard_is_an_absence() -> None:
    entry = Entry(KafkaSettings())
    assert entry.refusal is None
    assert "does not answer: timed out. Is it running" in entry.absence("timed out")


@pytest.mark.parametrize(
    ("code", "text", "remedy"),
    [
        (KafkaError._AUTHENTICATION, REFUSED, "UMBRA_KAFKA_PASSWORD"),
        (KafkaError._SSL, "certificate verify failed", "UMBRA_KAFKA_CA_FILE"),
        (KafkaError._TRANSPORT, "tlsv13 alert certificate required", "UMBRA_KAFKA_CERT_FILE"),
        (
            KafkaError._TRANSPORT,
            "Disconnected: SSL connection closed by peer (after 2ms in state SSL_HANDSHAKE)",
            "UMBRA_KAFKA_SECURITY_PROTOCOL",
        ),
        (
            KafkaError._TRANSPORT,
            "connecting to a PLAINTEXT broker listener?",
            "UMBRA_KAFKA_SECURITY_PROTOCOL",
        ),
    ],
)
def test_a_refusal_says_what_to_check(code: int, text: str, remedy: str) -> None:
    entry = Entry(KafkaSettings())
    entry.heard(KafkaError(code, text))
    entry.heard(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert entry.refusal is not None
    assert text in entry.refusal
    assert remedy in entry.refusal


def test_an_outage_after_a_refusal_is_an_outage() -> None:
    entry = Entry(KafkaSettings())
    entry.heard(KafkaError(KafkaError._AUTHENTICATION, REFUSED))
    entry.heard(KafkaError(KafkaError._TRANSPORT, "Connection refused"))
    assert entry.refusal is None
    assert "Connection refused" in entry.absence("timed out")


def test_a_refusal_of_long_ago_explains_nothing() -> None:
    clock = Clock()
    entry = Entry(KafkaSettings(), clock)
    entry.heard(KafkaError(KafkaError._AUTHENTICATION, REFUSED))
    clock.now = 61.0
    assert entry.refusal is None
