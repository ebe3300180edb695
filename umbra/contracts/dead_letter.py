"""Dead letters: why a record could not be judged. The codes are also those of failed predictions."""

from typing import Final

from umbra.contracts import headers as h

UNDECODABLE: Final = "undecodable"
TOO_MANY_PIXELS: Final = "too-many-pixels"
TOO_LARGE: Final = "too-large"
CLAIM_CHECK_MISSING: Final = "claim-check-missing"
CLAIM_CHECK_MISMATCH: Final = "claim-check-mismatch"
CLAIM_CHECK_REFUSED: Final = "claim-check-refused"
UNKNOWN_DEPLOYMENT: Final = "unknown-deployment"
MODEL_ERROR: Final = "model-error"
OUTPUT_TOO_LARGE: Final = "output-too-large"
CRASHED: Final = "crashed"
INVALID_MESSAGE: Final = "invalid-message"

CODES: Final = frozenset(
    {
        UNDECODABLE,
        TOO_MANY_PIXELS,
        TOO_LARGE,
        CLAIM_CHECK_MISSING,
        CLAIM_CHECK_MISMATCH,
        CLAIM_CHECK_REFUSED,
        UNKNOWN_DEPLOYMENT,
        MODEL_ERROR,
        OUTPUT_TOO_LARGE,
        CRASHED,
        INVALID_MESSAGE,
    }
)

IMAGE_AT_FAULT: Final = frozenset({UNDECODABLE, TOO_MANY_PIXELS, MODEL_ERROR, CRASHED})
"""The codes whose dead letter carries the image's bytes; the others only refer to the record."""


def origin(topic: str, partition: int, offset: int) -> str:
    """Where a dead letter came from, as its `origin` header says it."""
    return f"{topic}:{partition}:{offset}"


def dead_letter_headers(original: h.Headers, *, code: str, message: str, origin: str) -> h.Headers:
    """The record's own headers, then why it is here."""
    return [
        *((name, value) for name, value in original if name not in (h.ERROR_CODE, h.ERROR_MESSAGE, h.ORIGIN)),
        *h.encode_headers({h.ERROR_CODE: code, h.ERROR_MESSAGE: message, h.ORIGIN: origin}),
    ]
