"""The encoded image of a landing, read from the log by its place."""

from dataclasses import dataclass

from services.api.problems import store_away_is_a_problem
from services.http.problem import Problem
from umbra.contracts import headers as h
from umbra.contracts.wire import from_epoch_ms
from umbra.core.errors import ImageError
from umbra.core.judgement import LandingKey
from umbra.kafka.read import read_record
from umbra.kafka.record import Record
from umbra.kafka.refusal import RightMissing
from umbra.settings import KafkaSettings
from umbra.store import ClaimChecks

_DEFAULT_TYPE = "application/octet-stream"
_SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/gif"})
"""What a producer calls an image is believed only if a browser would show it as one."""


@dataclass(frozen=True, slots=True)
class Content:
    """An image as it was sent."""

    raw: bytes
    content_type: str


class ContentReader:
    """Reads images back; every method raises Retryable when Kafka or the store is away."""

    def __init__(self, settings: KafkaSettings, claim_checks: ClaimChecks, max_bytes: int) -> None:
        self._settings = settings
        self._claim_checks = claim_checks
        self._max_bytes = max_bytes

    def read(self, landing: LandingKey) -> Content:
        """The image of a landing.

        Raises:
            Problem: `image-not-kept`, when the log or the store does not have it any more;
                `kafka-unavailable`, when we may not read it.
        """
        topic = self._settings.topics.images
        try:
            record = read_record(self._settings, topic, landing.partition, landing.offset)
        except RightMissing as err:  # no fault of the request
            raise Problem(503, "kafka-unavailable", str(err), "Grant it; nothing is lost meanwhile.") from err
        # In a topic made anew another image may stand at the place.
        if record is None or from_epoch_ms(record.timestamp_ms) != landing.landed_at:
            raise _not_kept(f"{topic} does not hold {landing.partition}-{landing.offset} any more.")
        values = h.first_values(record.headers)
        content_type = values.get(h.CONTENT_TYPE, b"").decode(errors="replace")
        return Content(self._bytes(record, values), content_type if content_type in _SHOWN else _DEFAULT_TYPE)

    def _bytes(self, record: Record, values: dict[str, bytes]) -> bytes:
        if record.value:
            return record.value
        uri, sha256 = values.get(h.URI), values.get(h.SHA256)
        if uri is None:
            raise _not_kept("The record never had any bytes.")
        try:
            sha = sha256.decode(errors="replace") if sha256 else None
            with store_away_is_a_problem():
                return self._claim_checks.fetch(uri.decode(errors="replace"), sha, self._max_bytes)
        except ImageError as err:
            raise _not_kept(str(err)) from err


def _not_kept(detail: str) -> Problem:
    return Problem(404, "image-not-kept", detail, "Predictions and figures are complete without it.")
