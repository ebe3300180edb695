"""Two ways for a file to land: through ingest, or straight to Kafka."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import httpx

from umbra.cli.image_files import ImageFile
from umbra.contracts.landing import landing_headers
from umbra.core.errors import Refused, Retryable
from umbra.ingest.gateway import Gateway, Image, Limits, refuse_too_large
from umbra.kafka.producer import Producer
from umbra.settings import ClientSettings, KafkaSettings, PixelSettings, StoreSettings
from umbra.store import Store

_TIMEOUT = httpx.Timeout(60.0, connect=3.0)
_STORAGE_FULL = 507
_AGAIN = frozenset({408, 429, 502, 503, 504})


class SendSettings(ClientSettings, KafkaSettings, StoreSettings, PixelSettings):
    """Where images go."""


class Said(NamedTuple):
    """What the sender says of every image."""

    deployment: str
    source: str | None
    tags: list[str]


class NoRoom(Refused):
    """The other side is full: no further image has a chance."""


class Sender(Protocol):
    """Sends one file at a time, from several threads."""

    def send(self, file: ImageFile) -> int:
        """Send a file; its size in bytes.

        Raises:
            ImageError, Refused: this file is not taken.
            NoRoom: nor is any other.
            Retryable: the other side is away.
            OSError: the file cannot be read.
        """
        ...


class HttpSender:
    """Sends through ingest."""

    def __init__(self, settings: SendSettings, said: Said) -> None:
        self._max_bytes = settings.max_image_bytes
        self._ingest = settings.ingest_url.rstrip("/")
        self._url = f"{self._ingest}/v1/deployments/{said.deployment}/images"
        self._headers = _http_headers(said)
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=False)

    def send(self, file: ImageFile) -> int:
        own = {} if file.image_id is None else {"X-Image-Id": quote(file.image_id, safe="")}
        with file.path.open("rb") as content:
            size = file.path.stat().st_size
            refuse_too_large(size, self._max_bytes)
            length = {"Content-Length": str(size)}
            try:
                response = self._client.post(
                    self._url, content=content, headers={**self._headers, **own, **length}
                )
            except httpx.TransportError as err:
                raise Retryable(f"Ingest at {self._ingest} does not answer: {err}. Is it running?") from err
        _check(response)
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


def _check(response: httpx.Response) -> None:
    if response.status_code == 202:
        return
    reason = _reason(response)
    if response.status_code in _AGAIN:
        raise Retryable(reason)
    raise (NoRoom if response.status_code == _STORAGE_FULL else Refused)(reason)


def _reason(response: httpx.Response) -> str:
    try:
        problem: dict[str, Any] = response.json()
        return " ".join(part for part in (problem["detail"], problem["remedy"]) if part)
    except (ValueError, KeyError, TypeError):
        return f"{response.url} answers {response.status_code} {response.reason_phrase}."
