"""Why an image is not taken, as the problem its sender gets."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from services.http.problem import Problem, from_error
from umbra.contracts import dead_letter
from umbra.core.errors import ImageError, Retryable, UmbraError

_SEND_AGAIN = "Send it again; it was not kept."
_TOO_LARGE = frozenset({dead_letter.TOO_LARGE, dead_letter.TOO_MANY_PIXELS})


def of_packing(err: UmbraError) -> Problem:
    """The problem of an image that could not be checked and stored."""
    if isinstance(err, ImageError):
        if err.code in _TOO_LARGE:
            return Problem(413, "image-too-large", str(err), "Send a smaller image.")
        return Problem(422, "image-unreadable", str(err), "Send JPEG, PNG, WebP, BMP or TIFF.")
    if isinstance(err, Retryable):
        return Problem(503, "store-unavailable", str(err), _SEND_AGAIN)
    return from_error(err)


def of_sending(err: UmbraError) -> Problem:
    """The problem of an image that Kafka did not take."""
    return Problem(503, "kafka-unavailable", str(err), _SEND_AGAIN)


def refuse_when_full(paths: Iterable[str], min_free_bytes: int) -> None:
    """Raise a `Problem` (507) when a disk has too little room for more images."""
    for path in paths:
        free = shutil.disk_usage(_nearest(Path(path))).free
        if free < min_free_bytes:
            raise Problem(
                507,
                "storage-full",
                f"{os.fspath(path)} has {free:,} bytes free, {min_free_bytes:,} are to be kept.",
                "Make room there, shorten the retention, or lower UMBRA_MIN_FREE_BYTES; then send it again.",
            )


def _nearest(path: Path) -> Path:
    """`path`, or what exists of it: a directory that is not made yet will be on its parent's disk."""
    return next(there for there in (path, *path.absolute().parents) if there.exists())
