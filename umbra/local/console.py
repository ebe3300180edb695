"""One log for all processes: each line behind the name of who wrote it, in a colour of its own."""

import contextlib
import itertools
import threading
from typing import IO, TextIO

_COLOURS = (36, 35, 33, 34, 32, 96, 95, 93, 94, 92)
_WIDTH = len("champion_worker")


class Console:
    """Writes prefixed lines; any thread may. No colour unless the stream is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._coloured = stream.isatty()
        self._next_colour = itertools.cycle(_COLOURS)
        self._colours: dict[str, int] = {}
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        """Write one line. A reader that went away (`umbra up | head`) is no reason to stop."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{self._prefix(name)} {text}\n")
            self._stream.flush()

    def copy(self, name: str, output: IO[bytes]) -> None:
        """Write the lines of a process' output until it ends, then close it."""
        with output:
            for line in output:
                self.line(name, line.decode(errors="replace").rstrip())

    def _prefix(self, name: str) -> str:
        prefix = f"{name:<{_WIDTH}} |"
        if not self._coloured:
            return prefix
        if name not in self._colours:
            self._colours[name] = next(self._next_colour)
        return f"\x1b[{self._colours[name]}m{prefix}\x1b[0m"
