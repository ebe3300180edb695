"""How Faust is let in: from the settings that every other client of Kafka has too."""

import faust
from faust.types.auth import CredentialsT

from umbra.settings import KafkaSettings


def credentials(settings: KafkaSettings) -> CredentialsT | None:
    """What Faust hands to aiokafka; None: nothing, over PLAINTEXT.

    Raises:
        Refused: a file of it cannot be used.
    """
    context = settings.tls_context() if settings.uses_tls else None
    if settings.uses_sasl:
        password = settings.kafka_password
        # With a context Faust makes it SASL_SSL, without one SASL_PLAINTEXT.
        return faust.SASLCredentials(
            username=settings.kafka_username,
            password=password.get_secret_value() if password is not None else "",
            mechanism=settings.kafka_sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)
