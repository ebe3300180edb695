"""The file of tokens: read anew when it has changed, added to, taken from."""

import fcntl
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from umbra.core.errors import Refused
from umbra.core.tokens import PREFIX, Holder, Tokens, check_name, entry, read_tokens, without

log = logging.getLogger(__name__)

_MODE = 0o600
_RANDOM_BYTES = 32

Stamp = tuple[int, ...]


class TokensFile:
    """The tokens of a file that people change while services run; for one thread.

    A file that cannot be read any more changes nothing: those known last stay known, nobody else is.

    Raises:
        Refused: it cannot be read at the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = _stamp(path)
        self._tokens = load(path)

    def tokens(self) -> Tokens:
        """As the file is now, or as it was when it could be read last."""
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            # Before reading: what is written meanwhile is noticed the next time.
            self._stamp = stamp
            self._read_anew()
        return self._tokens

    def _read_anew(self) -> None:
        try:
            self._tokens = load(self._path)
        except Refused as err:
            log.error("The tokens file cannot be used; the tokens stay as they were.", extra={"reason": err})
        else:
            log.info("The tokens file was read anew.", extra={"tokens": len(self._tokens)})


def load(path: Path) -> Tokens:
    """The tokens of a file.

    Raises:
        Refused: it is not there, not readable, or a line of it is not what it must be.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as err:
        raise _unreadable(path, err) from err
    return _read(path, text)


def create(path: Path, holder: Holder) -> str:
    """Make a token and add it to the file, which is made when there is none (mode 0600); the token.

    Raises:
        Refused: the name is taken or unfit, or the file is.
    """
    check_name(holder.name)
    token = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    with _locked(path, os.O_RDWR | os.O_CREAT) as file:
        text = _whole(path, file)
        line = entry(holder, token)
        after = f"{text}{line}" if text.endswith("\n") or not text else f"{text}\n{line}"
        _read(path, after)
        _write(file, after)
    return token


def revoke(path: Path, name: str) -> None:
    """Take a token out of the file.

    Raises:
        Refused: there is none of that name, or the file is unfit.
    """
    with _locked(path, os.O_RDWR) as file:
        text = _whole(path, file)
        _read(path, text)
        _write(file, without(text, name))


def _read(path: Path, text: str) -> Tokens:
    try:
        return read_tokens(text)
    except Refused as err:
        raise Refused(f"{path}, {err}") from err


@contextmanager
def _locked(path: Path, flags: int) -> Iterator[int]:
    """The open file; two who change it at once do so one after the other."""
    try:
        file = os.open(path, flags, _MODE)
    except OSError as err:
        raise _unreadable(path, err) from err
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _whole(path: Path, file: int) -> str:
    try:
        return os.pread(file, os.fstat(file).st_size, 0).decode()
    except UnicodeDecodeError as err:
        raise _unreadable(path, err) from err


def _write(file: int, text: str) -> None:
    # In place: a new file under the old name may have another owner, and a container would keep the old one.
    raw = text.encode()
    os.pwrite(file, raw, 0)
    os.ftruncate(file, len(raw))
    os.fsync(file)


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _unreadable(path: Path, err: OSError | UnicodeDecodeError) -> Refused:
    reason = err.strerror if isinstance(err, OSError) else "it is no UTF-8 text"
    return Refused(
        f"The tokens file {path} cannot be used: {reason}. `umbra tokens create NAME --role ROLE --file "
        f"{path}` makes one; UMBRA_TOKENS_FILE names it."
    )
