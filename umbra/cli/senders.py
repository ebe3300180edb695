"""Two ways for a file to land: through ingest, or straight to Kafka."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple, Protocol
from urllib.parse import quote

from umbra.cli.image_files import ImageFile
from umbra.client.transport import Transport, path
from umbra.contracts.landing import landing_headers
from umbra.ingest.gateway import Gateway, Image
from umbra.kafka.producer import Producer
from umbra.onnx.limits import Limits, refuse_too_large
from umbra.settings import ClientSettings, KafkaSettings, PixelSettings, StoreSettings
from umbra.store import Store


class SendSettings(ClientSettings, KafkaSettings, StoreSettings, PixelSettings):
    """Where images go."""


class Said(NamedTuple):
    """What the sender says of every image."""

    deployment: str
    source: str | None
    tags: list[str]


class Sender(Protocol):
    """Sends one file at a time, from several threads."""

    def send(self, file: ImageFile) -> int:
        """Send a file; its size in bytes.

        Raises:
            ImageError, Refused: this file is not taken.
            OSError: it cannot be read.
            Retryable: the other side is away.
            UmbraError: it takes no file at all.
        """
        ...


class HttpSender:
    """Sends through ingest."""

    def __init__(self, ingest: Transport, said: Said, max_bytes: int) -> None:
        self._ingest, self._max_bytes = ingest, max_bytes
        self._path = path("deployments", said.deployment, "images")
        self._headers = _http_headers(said)

    def send(self, file: ImageFile) -> int:
        size = file.path.stat().st_size
        refuse_too_large(size, self._max_bytes)
        headers = {**self._headers, "Content-Length": str(size)}
        if file.image_id is not None:
            headers["X-Image-Id"] = quote(file.image_id, safe="")
        with file.path.open("rb") as content:
            self._ingest.bytes("POST", self._path, content=content, headers=headers)
        return size


class KafkaSender:
    """Sends straight to the images topic; large files go through the store."""

    def __init__(self, gateway: Gateway, said: Said, max_bytes: int) -> None:
        self._gateway, self._max_bytes = gateway, max_bytes
        self._headers = landing_headers(deployment=said.deployment, source=said.source, tags=said.tags)

    def send(self, file: ImageFile) -> int:
        refuse_too_large(file.path.stat().st_size, self._max_bytes)
        raw = file.path.read_bytes()
        self._gateway.send(self._gateway.pack(Image(raw, file.image_id, self._headers))).result()
        return len(raw)


@contextmanager
def http_sender(settings: SendSettings, said: Said) -> Iterator[HttpSender]:
    """A sender through ingest."""
    with closing(Transport(settings.ingest_url, "Ingest", settings.shown_token)) as ingest:
        yield HttpSender(ingest, said, settings.max_image_bytes)


@contextmanager
def kafka_sender(settings: SendSettings, said: Said) -> Iterator[KafkaSender]:
    """A sender straight to Kafka."""
    limits = Limits(settings.max_image_bytes, settings.max_pixels)
    with Producer(settings, timeout_s=5.0) as producer:
        gateway = Gateway(settings.topics.images, producer, Store(settings), limits)
        yield KafkaSender(gateway, said, settings.max_image_bytes)


def _http_headers(said: Said) -> dict[str, str]:
    headers = {"Content-Type": "application/octet-stream"}
    if said.source is not None:
        headers["X-Source"] = quote(said.source, safe="")
    if said.tags:
        headers["X-Tags"] = json.dumps(said.tags)  # of ASCII alone, as a header must be
    return headers
