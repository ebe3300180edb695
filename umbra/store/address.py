"""URIs of claim checks, taken apart so that no two readers of one can disagree about where it leads."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

HTTP = ("http", "https")

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_HIDDEN = re.compile(r"%(?:2e|2f|5c|25|[01][0-9a-f]|7f)", re.IGNORECASE)
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


class Address(NamedTuple):
    """Where a URI leads.

    Attributes:
        host: with a port when it is not the scheme's own; a bucket; empty for a file.
        path: begins with `/`; no segment is `.`, `..` or empty.
    """

    scheme: str
    host: str
    path: str

    def is_under(self, prefix: "Address") -> bool:
        """Whether `prefix` is a directory above this address."""
        same_place = (self.scheme, self.host) == (prefix.scheme, prefix.host)
        return same_place and self.path.startswith(prefix.path.rstrip("/") + "/")


def parse(uri: str) -> Address:
    """Take a URI apart.

    Raises:
        ValueError: it could be read in two ways, or climbs; the text is the reason.
    """
    scheme = _SCHEME.match(uri)
    if scheme is None:
        raise ValueError("it does not begin with a scheme in lower case and ://")
    if _FORBIDDEN.search(uri):
        raise ValueError("it holds a control character or a backslash")
    if scheme[1] == "file":
        return _file(uri.removeprefix("file://"))
    return _remote(uri)


def _file(path: str) -> Address:
    # Taken as it stands, never percent-decoded: a directory may be called `a%20b` or `what?`.
    if not path.startswith("/"):
        raise ValueError("a file's path must be absolute")
    return Address("file", "", _sound_path(path))


def _remote(uri: str) -> Address:
    parts = urlsplit(uri)
    if "@" in parts.netloc:
        raise ValueError("it carries a user name")
    if "#" in uri or (parts.query and parts.scheme not in HTTP):
        raise ValueError("it carries a fragment or a query")
    if not parts.netloc:
        raise ValueError("it names no host")
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORT.get(parts.scheme, "\x00"))
    return Address(parts.scheme, host, _sound_path(parts.path or "/"))


def _sound_path(path: str) -> str:
    if _HIDDEN.search(path):
        raise ValueError("its path hides a dot, a slash or a percent sign behind percent-encoding")
    segments = path[1:].removesuffix("/").split("/")
    if {".", ".."}.intersection(segments) or "" in segments[:-1]:
        raise ValueError("its path has a segment that is empty, '.' or '..'")
    return path
