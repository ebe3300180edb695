"""The gateway: images checked by their first bytes, then sent inline or as claim checks."""

from concurrent.futures import Future
from typing import NamedTuple

from umbra.contracts import headers as h
from umbra.contracts.landing import IMAGE_ID_BYTES, image_id
from umbra.contracts.topics import IMAGE_INLINE_BYTES
from umbra.core.errors import Refused
from umbra.kafka.producer import Producer
from umbra.kafka.record import Place
from umbra.onnx.image_header import read_header
from umbra.onnx.limits import Limits, refuse_too_large, refuse_too_many_pixels
from umbra.store import Store


class Image(NamedTuple):
    """An image to send.

    Attributes:
        raw: encoded.
        image_id: None lets the image be called by its place in the log.
        headers: as `contracts.landing.landing_headers` makes them, without what is known of the bytes.
    """

    raw: bytes
    image_id: str | None
    headers: h.Headers


class Parcel(NamedTuple):
    """An image as its record; the key is the image id, so that the same id stays in one partition."""

    image_id: str | None
    value: bytes
    headers: h.Headers

    @property
    def key(self) -> bytes | None:
        """Of the record."""
        return None if self.image_id is None else self.image_id.encode()


class Gateway:
    """Sends images to one topic; thread-safe."""

    def __init__(self, topic: str, producer: Producer, store: Store, limits: Limits) -> None:
        self._topic, self._producer, self._store, self._limits = topic, producer, store, limits

    def pack(self, image: Image) -> Parcel:
        """Check an image, and put it into the store when it is too large for a record.

        Raises:
            ImageError: `undecodable`, `too-many-pixels` or `too-large`.
            Refused: the image id is unfit.
            Retryable: the store is away.
        """
        check_image_id(image.image_id)
        refuse_too_large(len(image.raw), self._limits.max_bytes)
        header = read_header(image.raw)
        refuse_too_many_pixels(header, self._limits.max_pixels)
        described = [*image.headers, *h.encode_headers({h.CONTENT_TYPE: header.content_type})]
        if len(image.raw) <= IMAGE_INLINE_BYTES:
            return Parcel(image.image_id, image.raw, described)
        stored = self._store.put_image(image.raw)
        reference = h.encode_headers({h.URI: stored.uri, h.SHA256: stored.sha256})
        return Parcel(image.image_id, b"", [*described, *reference])

    def send(self, parcel: Parcel) -> "Future[Place]":
        """Send a packed image; see `Producer.send`."""
        return self._producer.send(self._topic, value=parcel.value, key=parcel.key, headers=parcel.headers)


def check_image_id(image_id: str | None) -> None:
    """Raise `Refused` when `image_id` cannot be one."""
    if image_id is None:
        return
    size = len(image_id.encode(errors="replace"))
    if not 1 <= size <= IMAGE_ID_BYTES or "\x00" in image_id:
        raise Refused(
            f"{image_id[:60]!r} is no image id: it has {size} bytes of UTF-8; "
            f"use 1 to {IMAGE_ID_BYTES}, and no NUL."
        )


def name_of(parcel: Parcel, place: Place) -> str:
    """The image id under which a sent image is found."""
    return image_id(None, parcel.key, *place)
