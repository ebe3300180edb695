"""The schema: made once, whoever asks and however often; and readable by those who wait for it."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from umbra.core.errors import Retryable
from umbra.postgres.connection import Connection, SchemaMismatch, connect, pool, transaction
from umbra.postgres.migrate import migrate, schema_is_current
from umbra.settings import PostgresSettings


@pytest.fixture
def connection(postgres: PostgresSettings) -> Iterator[Connection]:
    with closing(connect(postgres)) as connection:
        yield connection


@pytest.fixture
def bare(postgres: PostgresSettings, connection: Connection) -> PostgresSettings:
    """A database without any table of ours."""
    connection.execute("DROP SCHEMA umbra CASCADE")
    return postgres


def test_a_bare_database_gets_every_migration_once(bare: PostgresSettings, connection: Connection) -> None:
    assert not schema_is_current(connection)

    assert "0001.tables" in migrate(bare)
    assert migrate(bare) == []
    assert schema_is_current(connection)


def test_nothing_of_ours_stands_outside_our_schema(bare: PostgresSettings, connection: Connection) -> None:
    migrate(bare)

    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == []


def test_those_who_come_at_once_wait_for_the_first(bare: PostgresSettings) -> None:
    applied: list[list[str]] = []
    callers = [threading.Thread(target=lambda: applied.append(migrate(bare))) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)

    assert sorted(map(bool, applied)) == [False, False, True]


def test_a_lock_left_by_a_killed_process_is_no_obstacle(
    bare: PostgresSettings, connection: Connection
) -> None:
    migrate(bare)
    connection.execute("INSERT INTO umbra.yoyo_lock (locked, pid) VALUES (1, 1)")

    assert migrate(bare) == []


def test_migrating_warns_of_nothing(bare: PostgresSettings) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        migrate(bare)


def test_a_url_with_a_strange_password_is_understood(bare: PostgresSettings, connection: Connection) -> None:
    given = conninfo_to_dict(bare.postgres_dsn.get_secret_value())
    connection.execute("CREATE ROLE strange SUPERUSER LOGIN PASSWORD 'p@ss/w:rd?&'")
    try:
        password = quote("p@ss/w:rd?&", safe="")
        url = f"postgresql://strange:{password}@{given['host']}:{given['port']}/{given['dbname']}"
        assert migrate(PostgresSettings(postgres_dsn=SecretStr(url)))
    finally:
        connection.execute("REASSIGN OWNED BY strange TO CURRENT_USER")
        connection.execute("DROP ROLE strange")


def test_a_password_may_come_from_outside_the_url(
    bare: PostgresSettings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = conninfo_to_dict(bare.postgres_dsn.get_secret_value())
    monkeypatch.setenv("PGPASSWORD", str(given["password"]))
    without = "postgresql://{user}@{host}:{port}/{dbname}".format(**given)

    migrate(PostgresSettings(postgres_dsn=SecretStr(without)))

    assert schema_is_current(connection)


def test_a_server_that_is_away_is_worth_another_try() -> None:
    away = PostgresSettings(postgres_dsn=SecretStr(make_conninfo(host="127.0.0.1", port=1, dbname="umbra")))

    with pytest.raises(Retryable, match="UMBRA_POSTGRES_DSN"):
        connect(away)
    with pytest.raises(Retryable, match="UMBRA_POSTGRES_DSN"):
        migrate(away)


def test_a_missing_table_says_what_to_do(bare: PostgresSettings, connection: Connection) -> None:
    with pytest.raises(SchemaMismatch, match="umbra migrate"), transaction(connection):
        connection.execute("SELECT * FROM umbra.fence")


def test_an_error_within_a_transaction_leaves_nothing(connection: Connection) -> None:
    def insert_and_fail() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO umbra.deployment (id) VALUES ('digits')")
            raise ValueError("whatever")

    with pytest.raises(ValueError, match="whatever"):
        insert_and_fail()

    assert connection.execute("SELECT count(*) FROM umbra.deployment").fetchone() == (0,)


def test_a_pool_gives_connections_in_utc(postgres: PostgresSettings) -> None:
    with pool(postgres) as connections, connections.connection() as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_counts_of_different_lengths_add_up(connection: Connection) -> None:
    row = connection.execute("SELECT umbra.add_counts('{1,2}', '{3,4,5}'), umbra.add_counts('{}', '{}')")
    assert row.fetchone() == ([4, 6, 5], [])
