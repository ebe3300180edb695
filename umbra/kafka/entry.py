"""Whether the brokers let a client in: librdkafka tries for ever, and its error callback alone knows why."""

import time
from collections.abc import Callable

from confluent_kafka import KafkaError

from umbra.settings import KafkaSettings

_FRESH_S = 60.0
"""librdkafka says the same at most every 30 s; what is much older may be over."""


class Entry:
    """Hears the errors of one client (`error_cb`).

    A wrong password, an untrusted certificate or the wrong protocol shows nowhere else: every call just runs
    out of time. It is waited out like an absence, since users are made and certificates renewed on the other
    side; but it is said.
    """

    def __init__(self, settings: KafkaSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._heard = ""
        self._remedy: str | None = None
        self._heard_at = -_FRESH_S

    def heard(self, error: KafkaError) -> None:
        """Take an error of the client into account; called by librdkafka."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # it says nothing of why
            self._heard, self._heard_at = error.str(), self._clock()
            self._remedy = _remedy(error, self._settings)

    @property
    def refusal(self) -> str | None:
        """Why the brokers do not let this client in, and what to do; None when nothing says they do not."""
        if self._remedy is None or self._is_over():
            return None
        return f"Kafka at {self._settings.kafka_bootstrap} does not let us in: {self._heard}. {self._remedy}"

    def absence(self, otherwise: str) -> str:
        """Why Kafka does not answer: the refusal, what was heard last, or `otherwise`."""
        settings = self._settings
        return self.refusal or (
            f"Kafka at {settings.kafka_bootstrap} does not answer: "
            f"{otherwise if self._is_over() else self._heard}. Is it running, and does it speak "
            f"{settings.kafka_security_protocol} (UMBRA_KAFKA_SECURITY_PROTOCOL) there?"
        )

    def _is_over(self) -> bool:
        return self._clock() - self._heard_at > _FRESH_S


def _remedy(error: KafkaError, settings: KafkaSettings) -> str | None:
    text = error.str()
    if error.code() == KafkaError._AUTHENTICATION:
        return (
            "Check UMBRA_KAFKA_USERNAME, UMBRA_KAFKA_PASSWORD and UMBRA_KAFKA_SASL_MECHANISM "
            f"({settings.kafka_sasl_mechanism}) against the brokers' users."
        )
    if "PLAINTEXT broker listener" in text:
        return (
            f"UMBRA_KAFKA_SECURITY_PROTOCOL={settings.kafka_security_protocol} is not what it speaks there."
        )
    if error.code() == KafkaError._SSL or "SSL_HANDSHAKE" in text or " alert " in text:
        return (
            "Check UMBRA_KAFKA_CA_FILE (who signed the brokers' certificates), UMBRA_KAFKA_CERT_FILE (if "
            "they want one of us), that the address is a name in the brokers' certificates, and that they "
            f"speak TLS there at all (UMBRA_KAFKA_SECURITY_PROTOCOL={settings.kafka_security_protocol})."
        )
    return None
