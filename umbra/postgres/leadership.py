"""Who leads: an advisory lock that lives exactly as long as its connection."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from umbra.postgres import advisory
from umbra.postgres.connection import Connection, away_is_retryable, connect
from umbra.settings import PostgresSettings

_NOTICED_SOON = {
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "7s",
}
"""The server gives up a leader whose machine vanished without a word after 7 s, not two hours: another leads
within 10 s."""


@contextmanager
def leadership(settings: PostgresSettings, wait: Callable[[float], bool]) -> Iterator[Connection | None]:
    """Wait for the lead, then give the connection that holds it; every write of the leader goes through it.

    Args:
        wait: sleeps for so many seconds; True when it is time to stop, and then None is given.

    Raises:
        Retryable: PostgreSQL is away; the lead is lost with the connection.
    """
    with closing(connect(settings, "umbra-relay", **_NOTICED_SOON)) as connection, away_is_retryable():
        while not advisory.take(connection, advisory.RELAY):
            if wait(1.0):
                yield None
                return
        yield connection
