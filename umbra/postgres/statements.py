"""Named SQL statements, kept in .sql files beside this module.

A file is a sequence of

    -- name: insert_predictions
    -- What it does, in a line or more.
    INSERT …
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

_NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


@cache
def statements(file: str) -> Mapping[str, bytes]:
    """Every statement of `<file>.sql`, by name."""
    text = resources.files("umbra.postgres").joinpath(f"{file}.sql").read_text(encoding="utf-8")
    return MappingProxyType(parse(text, f"{file}.sql"))


def parse(text: str, file: str) -> dict[str, bytes]:
    """Split the text of a .sql file into its statements, without their descriptions.

    Raises:
        ValueError: something stands before the first name, a name comes twice, or a statement has
            no description or no SQL.
    """
    before, *parts = _NAME.split(text)
    if before.strip():
        raise ValueError(f"{file}: put `-- name: …` before {before.strip()[:40]!r}.")
    found: dict[str, bytes] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in found:
            raise ValueError(f"{file}: two statements are named {name}: rename one.")
        found[name] = _sql(body, f"{file}: {name}")
    return found


def _sql(body: str, where: str) -> bytes:
    lines = body.strip().splitlines()
    described = len(_leading_comments(lines))
    if described == 0:
        raise ValueError(f"{where} has no description: add a comment line below its name.")
    sql = "\n".join(lines[described:]).strip()
    if not sql:
        raise ValueError(f"{where} has no SQL.")
    return sql.encode()


def _leading_comments(lines: list[str]) -> list[str]:
    for count, line in enumerate(lines):
        if not line.startswith("--"):
            return lines[:count]
    return lines
