"""Advisory locks: who holds one does, alone, what only one may do; the server frees those of the dead."""

from typing import Final

from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

MIGRATION: Final = 0x756D6272
RELAY: Final = 0x72656C61
SWEEPER: Final = 0x73776565


def wait_for(db: Connection, number: int) -> None:
    """Take a lock once nobody else holds it; held until `give_back` or the end of the connection."""
    db.execute(statements("advisory")["wait_for"], {"number": number})


def take(db: Connection, number: int) -> bool:
    """Take a lock as `wait_for` does; False: somebody else holds it."""
    row = db.execute(statements("advisory")["take"], {"number": number}).fetchone()
    return row is not None and bool(row[0])


def give_back(db: Connection, number: int) -> None:
    """Let go of a lock."""
    db.execute(statements("advisory")["give_back"], {"number": number})
