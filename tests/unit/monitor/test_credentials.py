"""Faust is let in by the settings that librdkafka has too."""

import ssl

import faust
import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from services.monitor.credentials import credentials
from umbra.kafka import config
from umbra.settings import KafkaSettings

SASL = {"kafka_username": "u", "kafka_password": "p"}


def settings(protocol: str, mechanism: str | None = None) -> KafkaSettings:
    given = {"kafka_security_protocol": protocol}
    return KafkaSettings.model_validate(
        given | ({} if mechanism is None else {**SASL, "kafka_sasl_mechanism": mechanism})
    )


def test_plaintext_needs_none() -> None:
    assert credentials(settings("PLAINTEXT")) is None


def test_tls_checks_the_brokers_certificate_and_name() -> None:
    found = credentials(settings("SSL"))
    assert isinstance(found, faust.SSLCredentials)
    assert (found.context.verify_mode, found.context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_both_libraries_are_told_the_same(protocol: str, mechanism: str) -> None:
    given = settings(protocol, mechanism)
    faust_is = credentials_to_aiokafka_auth(credentials(given), None)
    librdkafka_is = config.client(given)
    assert faust_is["security_protocol"] == librdkafka_is["security.protocol"] == protocol
    assert faust_is["sasl_mechanism"] == librdkafka_is["sasl.mechanism"] == mechanism
    assert faust_is["sasl_plain_username"] == librdkafka_is["sasl.username"] == "u"
    assert faust_is["sasl_plain_password"] == librdkafka_is["sasl.password"] == "p"
    assert (faust_is["ssl_context"] is not None) == (protocol == "SASL_SSL")
