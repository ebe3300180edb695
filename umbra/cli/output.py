"""What the commands print: tables for people, JSON for scripts."""

import sys
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 250


def print_json(value: object, kind: Any = None) -> None:
    """One line of JSON on standard output.

    Args:
        kind: the type to show it as, for lists; else its own.
    """
    text = TypeAdapter(kind or type(value)).dump_json(value, by_alias=True).decode()
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_table(columns: Iterable[str], rows: Iterable[Iterable[object]], empty: str) -> None:
    """A table; `empty` instead when it has no rows. Cells are text as it is, never markup."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row))
    console().print(table if table.row_count else Text(empty))


def console() -> Console:
    """Standard output: as wide as the terminal, and wide enough for any row when it is a file or a pipe."""
    found = Console()
    return found if found.is_terminal else Console(width=_PIPE_WIDTH)


def cell(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)
