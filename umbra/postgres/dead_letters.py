"""Records of the prediction topics that the monitor could not read, with their bytes and the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Attributes:
    code: one of `contracts.dead_letter.CODES`.
    message: what is wrong, where, and what to do.
    """

    topic: str
    topic_id: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    code: str
    message: str


def insert(db: Connection, letters: Sequence[DeadLetter]) -> None:
    """Keep dead letters; one that is there already is left alone."""
    if letters:
        with db.cursor() as cursor:
            cursor.executemany(statements("dead_letters")["insert"], [_row(letter) for letter in letters])


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "topic": letter.topic,
        "topic_id": letter.topic_id,
        "partition": letter.partition,
        "offset": letter.offset,
        "key": letter.key,
        "value": letter.value,
        "headers": Jsonb([[_text(name), _lenient(value)] for name, value in letter.headers]),
        "code": letter.code,
        "message": _text(letter.message),
    }


def _lenient(value: bytes | None) -> str | None:
    return None if value is None else _text(value.decode(errors="replace"))


def _text(text: str) -> str:
    # PostgreSQL's text and jsonb cannot hold NUL.
    return text.replace("\x00", "�")
