"""Record headers: their names, and how they are read and written."""

from collections.abc import Iterable, Mapping

Headers = list[tuple[str, bytes]]

DEPLOYMENT = "deployment"
IMAGE_ID = "image-id"
CONTENT_TYPE = "content-type"
CAPTURED_AT = "captured-at"
SOURCE = "source"
TAGS = "tags"
METADATA = "metadata"
URI = "uri"
SHA256 = "sha256"
TRACEPARENT = "traceparent"
MARKER = "umbra-marker"

SLOT = "slot"
MODEL_VERSION = "model-version"
REVISION = "revision"

ERROR_CODE = "error-code"
ERROR_MESSAGE = "error-message"
ORIGIN = "origin"


def first_values(headers: Iterable[tuple[str, bytes | None]] | None) -> dict[str, bytes]:
    """The first value of every header that has one."""
    values: dict[str, bytes] = {}
    for name, value in headers or ():
        if value is not None:
            values.setdefault(name, value)
    return values


def encode_headers(values: Mapping[str, str | None]) -> Headers:
    """The headers for `values`, without those that are None."""
    return [(name, value.encode()) for name, value in values.items() if value is not None]
