"""Letting another account reach files: for root, in whose stead PostgreSQL runs as somebody else."""

import logging
import stat
from pathlib import Path

log = logging.getLogger(__name__)


def make_readable(directory: Path) -> None:
    """Let everybody read what is in `directory` and run its programs.

    The directories above can then be passed through; who may list them stays as it was.
    """
    for above in (directory, *directory.resolve().parents):
        _permit(above, stat.S_IXOTH)
    for path in directory.rglob("*"):
        if not path.is_symlink():
            runs = path.stat().st_mode & stat.S_IXUSR
            _permit(path, stat.S_IROTH | (stat.S_IXOTH if runs else 0))


def _permit(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)
        log.warning("Opened a path to PostgreSQL, which cannot run as root.", extra={"path": path})
