"""An account of every process of a running system that ended, with what it said last."""

import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"(?P<name>\w+) +\| (?P<text>.*)")
_END = re.compile(r"(?P<name>\w+) (?P<how>was killed \(\w+\)|ended with exit code \d+); starts again")
_SUPERVISOR = "umbra"
_LAST_LINES = 12
_LOOK_EVERY_S = 0.1

KILLED = "was killed (SIGKILL)"
FAILED = "ended with exit code 1"


@dataclass(frozen=True)
class Exit:
    """An end of a process, as the supervisor logged it.

    Attributes:
        at: seconds, monotonic: when its line was there.
        last_lines: what the process wrote since it was started, the end of it.
    """

    name: str
    how: str
    at: float
    last_lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n    ".join((f"{self.name} {self.how}, its last lines:", *self.last_lines))


class Exits:
    """Reads the log of `umbra up` on a thread, from where it stands now on.

    Attributes:
        seen: every exit, in order.
    """

    def __init__(self, log: Path) -> None:
        self.seen: list[Exit] = []
        self._said: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_LAST_LINES))
        self._log = log.open(errors="replace")
        self._log.seek(0, 2)
        self._begun = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exits")

    def __enter__(self) -> "Exits":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()
        self._log.close()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            self._read(self._log.read())
        self._read(self._log.read())

    def _read(self, text: str) -> None:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(None, map(_LINE.match, lines)):
            end = _END.match(line["text"]) if line["name"] == _SUPERVISOR else None
            if end:
                last = tuple(self._said.pop(end["name"], ()))
                self.seen.append(Exit(end["name"], end["how"], time.monotonic(), last))
            else:
                self._said[line["name"]].append(line["text"])


def report(exits: Iterable[Exit]) -> str:
    """All of them, for people."""
    return "\n".join(f"  {exit}" for exit in exits) or "  none"
