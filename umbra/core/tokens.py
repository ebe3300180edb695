"""Tokens: who may come in, known by the hashes of what they show.

# name   role      sha256 of the token
ana      operator  9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bc22ee5b7e0f5f5a1c9aa
line-3   producer  60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from umbra.core.errors import Refused
from umbra.core.names import check_slug
from umbra.core.role import Role, role_named

ANONYMOUS = "anonymous"
RESERVED_NAMES = frozenset({ANONYMOUS, "relay"})
"""Stand in the history for nobody in particular and for Umbra itself."""

PREFIX = "umbra_"
"""By it a token is found where it should not be: in a log, in a repository."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SENDABLE = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What may stand behind `Bearer` (RFC 6750)."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a token."""

    name: str
    role: Role


class Tokens:
    """Every token there is; it never knew the tokens themselves.

    Args:
        holders: sha256 of a token, in hexadecimal, to its holder.
    """

    def __init__(self, holders: Mapping[str, Holder]) -> None:
        self._holders = dict(holders)

    def __len__(self) -> int:
        return len(self._holders)

    def holder(self, token: str) -> Holder | None:
        """Whose token it is, None when it is nobody's.

        How long that takes tells something of the hash at most, and nobody finds a token for a hash.
        """
        return self._holders.get(sha256_of(token))

    def holders(self) -> list[Holder]:
        """In the order of the file."""
        return list(self._holders.values())


def sha256_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def authorization(token: str | None) -> dict[str, str]:
    """The header of a request that shows the token; none without one.

    Args:
        token: white space round it, as at the end of a file, is left out.

    Raises:
        Refused: it can be none; the text does not show it.
    """
    if token is None:
        return {}
    stripped = token.strip()
    if not _SENDABLE.fullmatch(stripped):
        raise Refused(
            "The token (UMBRA_TOKEN) is empty or has characters that no token has: copy it as "
            "`umbra tokens create` showed it."
        )
    return {"Authorization": f"Bearer {stripped}"}


def shown_token(header: str) -> str | None:
    """The token of an `Authorization` header; None when it shows none."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def check_name(name: str) -> str:
    """Return `name` when a token may have it; raises `Refused`."""
    if name in RESERVED_NAMES:
        raise Refused(f"{name!r} stands in the history for somebody else: choose another name.")
    return check_slug("token", name)


def entry(holder: Holder, token: str) -> str:
    """The line of a token."""
    return f"{holder.name} {holder.role} {sha256_of(token)}\n"


def read_tokens(text: str) -> Tokens:
    """The tokens of a file; none at all when it is empty.

    Raises:
        Refused: a line is not what it must be; names the line.
    """
    holders: dict[str, Holder] = {}
    for number, line in _entries(text):
        try:
            holder, sha256 = _parsed(line)
            _check_new(holder, sha256, holders)
        except Refused as err:
            raise Refused(f"line {number}: {err}") from err
        holders[sha256] = holder
    return Tokens(holders)


def without(text: str, name: str) -> str:
    """The file without the token of that name; everything else stays as it is.

    Raises:
        Refused: there is none of that name.
    """
    gone = {number for number, line in _entries(text) if line.split()[0] == name}
    if not gone:
        raise Refused(f"There is no token {name}: `umbra tokens list` shows those there are.")
    lines = text.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines, 1) if number not in gone)


def _entries(text: str) -> Iterable[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if said := line.partition("#")[0].strip():
            yield number, said


def _parsed(line: str) -> tuple[Holder, str]:
    parts = line.split()
    if len(parts) != 3:
        raise Refused("write a name, a role and the sha256 of a token.")
    name, role, sha256 = parts
    if not _SHA256.fullmatch(sha256):
        # Not quoted: it may be the token itself.
        raise Refused("the third word is no sha256: 64 of 0-9 and a-f. `umbra tokens create` writes it.")
    return Holder(check_name(name), role_named(role)), sha256


def _check_new(holder: Holder, sha256: str, holders: Mapping[str, Holder]) -> None:
    if sha256 in holders:
        raise Refused(f"{holder.name} has the same token as {holders[sha256].name}: give it its own.")
    if any(other.name == holder.name for other in holders.values()):
        raise Refused(f"there is another {holder.name}: choose another name.")
