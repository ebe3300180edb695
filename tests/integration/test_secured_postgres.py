"""A PostgreSQL behind a certificate that is checked, as `sslmode=verify-full` does."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from tests.integration.tls_front import tls_front
from umbra.core.errors import Retryable
from umbra.local.ports import LOOPBACK
from umbra.postgres.connection import connect
from umbra.postgres.migrate import migrate
from umbra.settings import PostgresSettings


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def port(postgres_server: str, directory: Path) -> Iterator[int]:
    """Where the server is reached over TLS; `ca.pem` signed its certificate, `another-ca.pem` did not."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(directory / "another-ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(LOOPBACK).configure_cert(context)
    with tls_front(context, int(str(conninfo_to_dict(postgres_server)["port"]))) as port:
        yield port


def verifying(postgres: PostgresSettings, port: int, root: Path, host: str = LOOPBACK) -> PostgresSettings:
    given = postgres.postgres_dsn.get_secret_value()
    dsn = make_conninfo(given, host=host, port=port, sslmode="verify-full", sslrootcert=str(root))
    return PostgresSettings(postgres_dsn=SecretStr(dsn))


def test_the_schema_is_looked_at_over_tls(postgres: PostgresSettings, port: int, directory: Path) -> None:
    settings = verifying(postgres, port, directory / "ca.pem")
    assert migrate(settings) == []
    with closing(connect(settings)) as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SELECT count(*) FROM umbra.prediction").fetchone() == (0,)


@pytest.mark.parametrize(
    ("root", "host", "said"),
    [
        ("another-ca.pem", LOOPBACK, "certificate verify failed"),
        ("no-such.pem", LOOPBACK, "does not exist"),
        ("ca.pem", "localhost", "does not match host name"),
    ],
)
def test_a_server_that_is_not_trusted_is_said_so(
    postgres: PostgresSettings, port: int, directory: Path, root: str, host: str, said: str
) -> None:
    with pytest.raises(Retryable, match=f"(?s){said}.*UMBRA_POSTGRES_DSN"):
        connect(verifying(postgres, port, directory / root, host))
