"""Connections to PostgreSQL, and what happens when it is away."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from umbra.core.errors import Refused, Retryable, UmbraError
from umbra.settings import PostgresSettings


class PostgresAway(Retryable):
    """PostgreSQL cannot be reached, or gave up on us for now."""


Connection = psycopg.Connection[TupleRow]
Cursor = psycopg.Cursor[TupleRow]
Pool = ConnectionPool[Connection]

_ARGUMENTS: dict[str, Any] = {
    # Transactions are explicit: `with transaction(connection): …`.
    "autocommit": True,
    "connect_timeout": 5,
    # A server that vanished without a word is noticed within these 20 s instead of two hours.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


_DATA_TOO_LARGE = "54"
"""The class of SQLSTATE where the data is at fault though psycopg says OperationalError: an index entry too
long, a statement nested too deeply."""


class SchemaMismatch(UmbraError):
    """The tables are not those this Umbra knows; no data is at fault."""


def connect(settings: PostgresSettings, application: str = "umbra", **parameters: str) -> Connection:
    """A connection in autocommit mode, times in UTC.

    Args:
        application: what `pg_stat_activity` shows.
        parameters: of the session, such as `synchronous_commit="off"`.

    Raises:
        Retryable: PostgreSQL cannot be reached or takes no connection now.
    """
    with away_is_retryable():
        return psycopg.connect(
            settings.postgres_dsn.get_secret_value(), **_arguments(application, parameters)
        )


def pool(settings: PostgresSettings, application: str = "umbra", max_size: int = 8) -> Pool:
    """A pool of such connections; `with pool(…) as connections:` opens and closes it.

    `connections.connection()` raises psycopg's PoolTimeout after 5 s without a usable connection:
    wrap its use in `away_is_retryable`.
    """
    return ConnectionPool(
        settings.postgres_dsn.get_secret_value(),
        connection_class=Connection,
        kwargs=_arguments(application, {}),
        min_size=1,
        max_size=max_size,
        timeout=5.0,
        # A connection lost for longer is asked for anew by whoever needs one; the default backs off for
        # five minutes, so that a server back after 20 s would be missed for 16 more.
        reconnect_timeout=2.0,
        check=ConnectionPool.check_connection,
        open=False,
    )


@contextmanager
def away_is_retryable() -> Iterator[None]:
    """Turn "the server is away, or gave up on us" into `PostgresAway`; other errors pass."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as err:
        if (err.sqlstate or "").startswith(_DATA_TOO_LARGE):
            raise
        raise PostgresAway(
            f"PostgreSQL is away or refused for now ({type(err).__name__}: {str(err).strip()}). "
            "Check UMBRA_POSTGRES_DSN and the server; this is tried again."
        ) from err


@contextmanager
def unfit_is_refused() -> Iterator[None]:
    """Turn "no column can hold such a value" into `Refused`, where the values are those of a request."""
    try:
        yield
    except (psycopg.DataError, UnicodeEncodeError) as err:
        reason = str(err).partition("\n")[0]
        raise Refused(f"A value of the request is none that PostgreSQL can keep: {reason}.") from err


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """One transaction: all of it or, after any error, nothing.

    Raises:
        Retryable: PostgreSQL went away, or ended the transaction in favour of another one.
        SchemaMismatch: a table, a column or a right is missing.
    """
    try:
        with away_is_retryable(), connection.transaction():
            yield
    except psycopg.ProgrammingError as err:
        raise SchemaMismatch(f"PostgreSQL refuses a statement: {err}. Run `umbra migrate` first.") from err


def _arguments(application: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    options = " ".join(f"-c {name}={value}" for name, value in {"timezone": "UTC", **parameters}.items())
    return {"application_name": application, "options": options, **_ARGUMENTS}
