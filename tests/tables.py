"""The monitor's tables as plain rows."""

from dataclasses import dataclass, fields
from typing import Any

from umbra.postgres.connection import Connection

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]
"""Rows without their key columns, by the values of these."""

LANDING = ("landed_at", "partition", "offset", "slot")
VERSION = ("bucket_at", "deployment", "slot", "model_version", "revision")
PAIR = ("bucket_at", "deployment", "slot", "champion", "shadow", "revision")
LABELS = ("champion_label", "shadow_label")


@dataclass
class Tables:
    """What the monitor keeps."""

    predictions: Rows
    comparisons: Rows
    version_buckets: Rows
    comparison_buckets: Rows
    confusion_buckets: Rows

    def differences(self, other: "Tables", limit: int = 5) -> list[str]:
        """The first few rows that differ, for people."""
        return [
            f"{table.name} {key}: {mine.get(key)} != {theirs.get(key)}"
            for table in fields(self)
            for mine, theirs in [(getattr(self, table.name), getattr(other, table.name))]
            for key in sorted({*mine, *theirs}, key=repr)
            if mine.get(key) != theirs.get(key)
        ][:limit]


def stored(connection: Connection) -> Tables:
    """What the tables hold."""
    return Tables(
        _rows(connection, _PREDICTIONS, LANDING),
        _rows(connection, b"SELECT * FROM umbra.comparison", LANDING),
        _rows(connection, b"SELECT * FROM umbra.version_bucket", VERSION),
        _rows(connection, b"SELECT * FROM umbra.comparison_bucket", PAIR),
        _rows(connection, b"SELECT * FROM umbra.confusion_bucket", (*PAIR, *LABELS)),
    )


_PREDICTIONS = b"""
    SELECT landed_at, partition, "offset", slot, deployment, image_id, model_version, revision, status,
        jsonb_array_length(shapes) AS shapes
    FROM umbra.prediction
"""


def _rows(connection: Connection, query: bytes, key: tuple[str, ...]) -> Rows:
    cursor = connection.execute(query)
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return {tuple(row.pop(name) for name in key): row for row in rows}
