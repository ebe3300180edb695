"""Claim checks: images too large for Kafka, fetched from where their record says, if that is allowed."""

import hashlib
import re
import time
from typing import Protocol

from umbra.contracts import dead_letter
from umbra.core.errors import ImageError, Refused
from umbra.settings import StoreSettings
from umbra.store import address
from umbra.store.address import Address
from umbra.store.root import Root

_MISSING_PAUSES_S = (0.05, 0.2, 0.5)
"""A missing file is looked for again after each: object stores and network disks show new files late."""

_URI_BYTES = 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


class _Source(Protocol):
    def read(self, uri: str, max_bytes: int) -> bytes: ...


class ClaimChecks:
    """Fetches images from under the store's root and the allowed prefixes, and from nowhere else.

    Thread-safe.

    Raises:
        Refused: a prefix of UMBRA_CLAIM_CHECK_PREFIXES is no URI that could be a prefix.
    """

    def __init__(self, settings: StoreSettings) -> None:
        root = Root(settings.store_url)
        self._root_uri = root.uri
        self._sources: list[tuple[Address, _Source]] = [(_prefix(root.uri), root)]
        for uri in settings.claim_check_prefixes:
            prefix = _prefix(uri)
            self._sources.append((prefix, _download() if prefix.scheme in address.HTTP else Root(uri)))

    def fetch(self, uri: str, sha256: str | None, max_bytes: int) -> bytes:
        """The image a record refers to; waits up to a second for one that is missing.

        Args:
            uri: absolute, or relative to the store's root.
            sha256: hexadecimal, of the whole file.

        Raises:
            ImageError: claim-check-refused, claim-check-missing, claim-check-mismatch or too-large.
            Retryable: the store or the server is away.
        """
        if sha256 is None or not _SHA256.fullmatch(sha256.lower()):
            raise _refused(uri, "its header sha256 is missing or is not 64 hexadecimal digits")
        raw = self._read(uri if ":" in uri else f"{self._root_uri}/{uri}", max_bytes)
        found = hashlib.sha256(raw).hexdigest()
        if found != sha256.lower():
            raise ImageError(
                dead_letter.CLAIM_CHECK_MISMATCH, f"{uri} has sha256 {found}, its record says {sha256}."
            )
        return raw

    def _read(self, uri: str, max_bytes: int) -> bytes:
        source = self._source(uri)
        for pause_s in _MISSING_PAUSES_S:
            try:
                return source.read(uri, max_bytes)
            except FileNotFoundError:
                time.sleep(pause_s)
        try:
            return source.read(uri, max_bytes)
        except FileNotFoundError as err:
            raise ImageError(dead_letter.CLAIM_CHECK_MISSING, f"{uri} is missing: {err}.") from err

    def _source(self, uri: str) -> _Source:
        if len(uri.encode()) > _URI_BYTES:
            raise _refused(f"{uri[:80]}…", f"it is longer than {_URI_BYTES} bytes")
        try:
            asked = address.parse(uri)
        except ValueError as err:
            raise _refused(uri, str(err)) from err
        for prefix, source in self._sources:
            if asked.is_under(prefix):
                return source
        raise _refused(uri, "it is neither under the store nor under one of UMBRA_CLAIM_CHECK_PREFIXES")


def _download() -> _Source:
    from umbra.store.download import Download  # httpx takes a third of a worker's start

    return Download()


def _prefix(uri: str) -> Address:
    try:
        return address.parse(uri)
    except ValueError as err:
        raise Refused(
            f"UMBRA_CLAIM_CHECK_PREFIXES: {uri!r} cannot be a prefix: {err}. Write it like https://host/images/."
        ) from err


def _refused(uri: str, reason: str) -> ImageError:
    return ImageError(dead_letter.CLAIM_CHECK_REFUSED, f"The claim check {uri!r} is refused: {reason}.")
