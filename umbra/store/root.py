"""One directory of a file system, which may be away."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast
from uuid import uuid4

from fsspec.core import url_to_fs

from umbra.contracts import dead_letter
from umbra.core.errors import ImageError, Refused, Retryable, UmbraError

SIGN = "umbra-store.txt"
"""Written when a store is made. A root with nothing in it is a mount point whose disk is away."""

_SIGN_TEXT = b"This directory is the store of an Umbra: models and large images, named by their SHA-256.\n"
_CHUNK_BYTES = 1 << 20
_OF_THE_FILE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG}
)
"""What one file can be guilty of while its root is well; every other error is the store's."""


class Root:
    """A directory by its fsspec URL; thread-safe.

    Every method raises `Retryable` when the directory is away.

    Attributes:
        uri: absolute, without a slash at its end.

    Raises:
        Refused: the URL cannot be understood, or no driver for it is installed.
    """

    def __init__(self, url: str) -> None:
        try:
            # No cached listings: another process may just have written the file.
            self._fs, self._path = url_to_fs(url, use_listings_cache=False)
        except (ValueError, ImportError) as err:
            raise Refused(f"{url!r} cannot be a store: {err}. Correct UMBRA_STORE_URL.") from err
        self.uri: str = self._fs.unstrip_protocol(self._path).rstrip("/")
        self._local = bool(getattr(self._fs, "local_file", False))

    def ensure(self) -> None:
        """Make the directory and its sign where there are none."""
        with self._reaching():
            self._fs.makedirs(self._path, exist_ok=True)
            if not self._fs.exists(self._at(SIGN)):
                self._fs.pipe_file(self._at(SIGN), _SIGN_TEXT)

    def check(self) -> None:
        """Raise `Retryable` unless something is there."""
        with self._reaching():
            there = self._fs.exists(self._at(SIGN)) or self._fs.ls(self._path, detail=False)
        if not there:
            raise self._away("it is empty")

    def exists(self, name: str) -> bool:
        """Whether the file `name`, relative to the root, is there."""
        with self._reaching():
            return bool(self._fs.exists(self._at(name)))

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A new file that appears under its name when the block ends well, and never in part."""
        unfinished = self._at(f"{name}.{uuid4().hex}.part")
        self.check()
        with self._reaching(), self._without_rest(unfinished):
            self._fs.makedirs(self._fs._parent(unfinished), exist_ok=True)
            with self._fs.open(unfinished, "wb") as file:
                yield cast(BinaryIO, file)
            self._fs.mv(unfinished, self._at(name))

    def read(self, uri: str, max_bytes: int) -> bytes:
        """The file at an absolute URI under this root.

        Raises:
            FileNotFoundError: it is not there, or nobody may read it, though the root is well.
            ImageError: it is too large, no ordinary file, or leads out of the root.
        """
        try:
            with self._reaching():
                return self._read(uri, max_bytes)
        except Retryable as err:
            cause = err.__cause__
            if not isinstance(cause, OSError) or cause.errno not in {*_OF_THE_FILE, None}:
                raise
            self.check()
            raise FileNotFoundError(cause.strerror or "there is no such file") from cause

    def _read(self, uri: str, max_bytes: int) -> bytes:
        path = self._inside(uri)
        described = self._fs.info(path)
        if described["type"] != "file":
            raise ImageError(dead_letter.CLAIM_CHECK_REFUSED, f"{uri} is no ordinary file.")
        if (described["size"] or 0) > max_bytes:
            raise too_large(uri, max_bytes)
        with self._fs.open(path, "rb") as file:
            return bounded(iter(lambda: file.read(_CHUNK_BYTES), b""), uri, max_bytes)

    def _inside(self, uri: str) -> str:
        path: str = self._fs._strip_protocol(uri)
        if not self._local:
            return path
        real, real_root = os.path.realpath(path), os.path.realpath(self._path)
        if not real.startswith(real_root.rstrip("/") + "/"):
            raise ImageError(dead_letter.CLAIM_CHECK_REFUSED, f"{uri} leads out of {self.uri} by a link.")
        return real

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"

    @contextmanager
    def _without_rest(self, unfinished: str) -> Iterator[None]:
        try:
            yield
        except BaseException:
            with suppress(Exception):
                self._fs.rm_file(unfinished)
            raise

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except UmbraError:
            raise
        except Exception as err:  # drivers raise what they like; that the store did not answer they share
            raise self._away(str(err) or type(err).__name__) from err

    def _away(self, reason: str) -> Retryable:
        return Retryable(f"The store at {self.uri} is away: {reason}. Is it mounted, or its server running?")


def bounded(chunks: Iterable[bytes], uri: str, max_bytes: int) -> bytes:
    """All chunks as one, given up as soon as they are more than `max_bytes`."""
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > max_bytes:
            raise too_large(uri, max_bytes)
    return bytes(whole)


def too_large(uri: str, max_bytes: int) -> ImageError:
    """The error of a file over the limit."""
    return ImageError(
        dead_letter.TOO_LARGE, f"{uri} is larger than {max_bytes} bytes (UMBRA_MAX_IMAGE_BYTES)."
    )
