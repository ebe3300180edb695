"""Install a lock file with pip under one progress bar: python .ci/install.py requirements.lock

On a terminal the bar says how many of its packages are there; elsewhere (a log) pip is quiet. Errors are
pip's own.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

_WIDTH = 24
_CLEAR = "\r\x1b[K"
# `Downloading numpy-2.3.5-cp311-….whl (16.9 MB)`, but not `….whl.metadata (62 kB)`.
_FETCHED = re.compile(r"\s*(?:Downloading|Using cached) (?:\S*/)?(\S+\.(?:whl|tar\.gz|zip))(?: \((.+)\))?$")


def main(lock: str) -> int:
    """pip's exit code."""
    pip = [sys.executable, "-m", "pip", "install", "--require-hashes", "-r", lock]
    if not sys.stdout.isatty():
        return subprocess.run([*pip, "--quiet"], check=False).returncode
    with subprocess.Popen([*pip, "--progress-bar", "off"], stdout=subprocess.PIPE, text=True) as process:
        for line in shown(process.stdout or (), wanted(Path(lock).read_text())):
            sys.stdout.write(f"{_CLEAR}{line}")
            sys.stdout.flush()
        sys.stdout.write(_CLEAR)
    return process.returncode


def wanted(lock: str) -> int:
    """How many packages of a lock file this machine needs."""
    lines = (line.removesuffix("\\").strip() for line in lock.splitlines())
    markers = [Requirement(line).marker for line in lines if line and line[0].isalnum()]
    return sum(marker is None or marker.evaluate() for marker in markers)


def shown(said: Iterable[str], packages: int) -> Iterator[str]:
    """The bar after each line of pip that is about a package to come."""
    fetched = 0
    for line in said:
        if found := _FETCHED.match(line.rstrip()):
            fetched += 1
            name, size = found[1].partition("-")[0], found[2]
            yield f"{bar(fetched - 1, packages)}  {name}" + (f" ({size})" if size else "")
        elif line.startswith("Installing collected packages"):
            yield f"{bar(packages, packages)}  unpacking"


def bar(done: int, packages: int) -> str:
    """`[####....] 3 of 6`."""
    full = _WIDTH * min(done, packages) // packages
    return f"[{'#' * full}{'.' * (_WIDTH - full)}] {done} of {packages}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
