"""Rows on their way in: one JSON array per statement, unpacked by the server.

It is set-based whatever the number of rows, the server does the parsing, and what came off the wire as
JSON goes through untouched.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from psycopg.types.json import Jsonb


def json_rows(rows: Iterable[Any]) -> Jsonb:
    """The parameter for `jsonb_populate_recordset`: dicts by column, or bytes that are JSON already."""
    return Jsonb([msgspec.Raw(row) if isinstance(row, bytes) else row for row in rows], msgspec.json.encode)
