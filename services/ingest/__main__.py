"""`python -m services.ingest`: images over HTTP, onto the images topic."""

import logging
import sys
from contextlib import ExitStack

from services.http.server import serve
from services.http.tokens import tokens_of
from services.ingest.app import Adapters, make_app
from services.ingest.settings import IngestSettings
from umbra import logs
from umbra.core.errors import Refused, Retryable
from umbra.ingest.gateway import Gateway
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.onnx.limits import Limits
from umbra.store import Store

log = logging.getLogger("services.ingest")

_KAFKA_TIMEOUT_S = 5.0
"""How long a sender waits for Kafka before it hears 503."""


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 when the settings are refused."""
    logs.configure()
    try:
        settings = IngestSettings.load()
        with ExitStack() as stack:
            run(settings, stack)
    except Refused as err:
        log.error("Ingest cannot start.", extra={"reason": str(err)})
        return 2
    return 0


def run(settings: IngestSettings, stack: ExitStack) -> None:
    """Wire ingest and serve it; what `stack` holds is closed by the caller."""
    tokens = tokens_of(settings)
    producer = stack.enter_context(Producer(settings, timeout_s=_KAFKA_TIMEOUT_S))
    store = Store(settings)
    make_store(store)
    limits = Limits(settings.max_image_bytes, settings.max_pixels)
    gateway = Gateway(settings.topics.images, producer, store, limits)
    app = make_app(settings, Adapters(gateway, store, Admin(settings)), tokens)
    log.info("Ingest listens.", extra={"host": settings.host, "port": settings.ingest_port})
    serve(app, settings.host, settings.ingest_port, variable="UMBRA_INGEST_PORT")


def make_store(store: Store) -> None:
    """Make the store if it can be reached; small images do not need it."""
    try:
        store.ensure()
    except Retryable as err:
        log.warning("The store is away; large images have to wait.", extra={"reason": str(err)})


if __name__ == "__main__":
    sys.exit(main())
