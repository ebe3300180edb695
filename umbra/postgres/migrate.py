"""Bring the schema up to date: every file of `migrations/`, once, in the order of their names."""

from importlib import resources
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from yoyo import get_backend, read_migrations
from yoyo.connections import DatabaseURI

from umbra.postgres import advisory
from umbra.postgres.connection import Connection, away_is_retryable, connect
from umbra.settings import PostgresSettings


def migrate(settings: PostgresSettings) -> list[str]:
    """Apply what is not applied yet; idempotent, and a second caller waits for the first.

    Returns:
        The names of the migrations applied now, in order.

    Raises:
        Retryable: PostgreSQL cannot be reached.
    """
    with connect(settings, "umbra-migrate") as connection, away_is_retryable():
        advisory.wait_for(connection, advisory.MIGRATION)
        connection.execute("CREATE SCHEMA IF NOT EXISTS umbra")
        dsn = settings.postgres_dsn.get_secret_value()
        # It may come from elsewhere than the DSN: PGPASSWORD, a password file.
        return _apply(str(_yoyo_uri(dsn, connection.info.password)))


def schema_is_current(connection: Connection) -> bool:
    """Whether every migration of this Umbra has been applied."""
    ledger = connection.execute("SELECT to_regclass('umbra._yoyo_migration')").fetchone()
    if ledger is None or ledger[0] is None:
        return False
    applied = {name for (name,) in connection.execute("SELECT migration_id FROM umbra._yoyo_migration")}
    return {migration.id for migration in _migrations()} <= applied


def _apply(uri: str) -> list[str]:
    with get_backend(uri) as backend:
        # A process killed while migrating leaves yoyo's own lock row; ours says nobody else is at it.
        backend.break_lock()
        pending = backend.to_apply(_migrations())
        with backend.lock():
            backend.apply_migrations(pending)
        return [migration.id for migration in pending]


def _migrations() -> Any:
    return read_migrations(str(resources.files("umbra.postgres").joinpath("migrations")))


def _yoyo_uri(dsn: str, password: str) -> Any:
    given = {name: value for name, value in conninfo_to_dict(dsn).items() if value is not None}
    given.pop("password", None)
    host, port = given.pop("host", None), given.pop("port", None)
    # A socket directory is no host name of a URL, so it goes among the arguments.
    socket = {"host": host} if host is not None and str(host).startswith("/") else {}
    return DatabaseURI(
        scheme="postgresql+psycopg",
        username=given.pop("user", None),
        password=password or None,
        hostname=None if socket else host,
        port=port,
        database=given.pop("dbname", ""),
        args={**given, **socket, "schema": "umbra"},
    )
