"""Fences: how far each partition of the prediction topics is applied, moved with what is applied.

They are kept by topic id, so a topic deleted and made anew starts at its beginning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

from umbra.postgres.connection import Connection
from umbra.postgres.rows import json_rows
from umbra.postgres.statements import statements


class Fenced(NamedTuple):
    """One partition of one topic, by the id the brokers gave the topic."""

    topic_id: str
    partition: int


@dataclass(slots=True)
class Move:
    """Where a fence goes, and what was met on the way there."""

    topic_id: str
    partition: int
    next_offset: int
    duplicates: int = 0
    too_late: int = 0
    dead_letters: int = 0


def lock(db: Connection, partitions: Iterable[int], topics: Mapping[str, str]) -> dict[Fenced, int]:
    """The next offset of each partition number in every topic, locked until the transaction ends.

    All topics of a partition number are locked together, so that two monitors that hold the same
    partition for a moment cannot each apply one half of a pair and miss the other.

    Args:
        topics: topic name to topic id.
    """
    rows = [
        {"topic_id": topic_id, "partition": partition, "topic": topic}
        for partition in sorted(set(partitions))
        for topic, topic_id in topics.items()
    ]
    fences, sql = json_rows(rows), statements("fences")
    found = db.execute(sql["lock"], {"fences": fences}).fetchall()
    if len(found) < len(rows):
        db.execute(sql["plant"], {"fences": fences})
        found = db.execute(sql["lock"], {"fences": fences}).fetchall()
    return {Fenced(topic_id, partition): next_offset for topic_id, partition, next_offset in found}


def move(db: Connection, moves: Iterable[Move]) -> None:
    """Move fences forward and add their counts."""
    rows = json_rows(asdict(move) for move in moves)
    db.execute(statements("fences")["move"], {"fences": rows})


def next_offsets(db: Connection, topic_id: str) -> dict[int, int]:
    """How far each partition of a topic has been applied; a partition not named: not at all."""
    return dict(db.execute(statements("fences")["of_topic"], {"topic_id": topic_id}).fetchall())


def exist(db: Connection) -> bool:
    """Whether the schema has been migrated."""
    row = db.execute(statements("fences")["exist"]).fetchone()
    return row is not None and bool(row[0])
