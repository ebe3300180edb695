"""What the sender says about an image, from HTTP headers to record headers."""

from starlette.datastructures import Headers

from services.http.door import unquoted
from services.http.problem import Problem
from umbra.contracts import headers as h
from umbra.contracts.landing import parse_landing

IMAGE_ID = "x-image-id"

_QUOTED = {"x-source": h.SOURCE}
_AS_IT_IS = {
    "x-captured-at": h.CAPTURED_AT,
    "x-tags": h.TAGS,
    "x-metadata": h.METADATA,
    "traceparent": h.TRACEPARENT,
}


def record_headers(deployment: str, headers: Headers) -> h.Headers:
    """The record headers of every image of a request.

    Raises:
        Problem: one is not as its record header must be.
    """
    described: h.Headers = [(h.DEPLOYMENT, deployment.encode())]
    for name, record_name in _QUOTED.items():
        if name in headers:
            described.append((record_name, unquoted(as_utf8(headers[name])).encode()))
    for name, record_name in _AS_IT_IS.items():
        if name in headers:
            described.append((record_name, headers[name].encode("latin-1")))
    _check(described)
    return described


def chosen_id(value: str | None) -> str | None:
    """The image id in an `X-Image-Id`, percent-encoded as in a path."""
    return None if value is None else unquoted(as_utf8(value))


def as_utf8(value: str) -> str:
    """A header's value, which HTTP hands over as Latin-1, as the UTF-8 it was sent in."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError as err:
        raise Problem(
            422, "invalid-request", "A header is not UTF-8.", "Percent-encode what is not ASCII."
        ) from err


def _check(described: h.Headers) -> None:
    landing = parse_landing(key=None, headers=described, partition=0, offset=0, timestamp_ms=0)
    if landing.fault is not None:
        raise Problem(
            422,
            "invalid-request",
            f"{landing.fault} (The header of the request begins with X-.)",
            "Correct it.",
        )
