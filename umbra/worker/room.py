"""Whether another model fits beside those that serve: a change must not cost what is in force its memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from umbra.contracts.manifest import spec_from
from umbra.core.errors import InvalidMessage, Refused

_COPIES = 3
"""Of a file's bytes while it is loaded: the file, what is parsed of it, the weights of the session."""
_BESIDE = 64_000_000
"""Bytes of a small model's session and first run; more is not known before it has run."""
_MB = 1_000_000


def refuse_without_room(version: str, spec: Mapping[str, object], root: Path = Path("/")) -> None:
    """See that there is memory to load a model.

    Args:
        root: of the file system that says how much there is.

    Raises:
        Refused: there is not.
    """
    try:
        needed = _COPIES * spec_from(spec).artifact.bytes + _BESIDE
    except InvalidMessage:
        return  # the loader says what is wrong with it
    room = min(_rooms(root), default=None)
    if room is not None and room < needed:
        raise Refused(
            f"{version} needs some {needed // _MB} MB to be loaded beside what serves now, and "
            f"{room // _MB} MB are left: give this slot's workers more memory, or let them hold fewer models."
        )


def _rooms(root: Path) -> Iterator[int]:
    """Bytes left: of the machine, and of each control group this process is in; nothing where nobody says."""
    for line in _lines(root / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024
    for line in _lines(root / "proc/self/cgroup"):
        hierarchy, _, path = line.partition("::")
        if hierarchy == "0":
            group = root / "sys/fs/cgroup" / path.strip("/")
            yield from _left(group)
    # Within a container the process' own group is the root of what it sees.
    yield from _left(root / "sys/fs/cgroup")


def _left(group: Path) -> Iterator[int]:
    most, used = (_number(group / name) for name in ("memory.max", "memory.current"))
    if most is None or used is None:
        return
    # Pages of files that nobody used lately make room on their own.
    stat = dict(line.split() for line in _lines(group / "memory.stat"))
    yield most - used + int(stat.get("inactive_file", 0))


def _number(file: Path) -> int | None:
    """None: there is no such file, or it says `max`."""
    text = "".join(_lines(file)).strip()
    return int(text) if text.isdecimal() else None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
