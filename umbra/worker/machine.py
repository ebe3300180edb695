"""Which machine this is, so that workers on it know each other."""

import socket
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def machine_id() -> str:
    """The same for all processes on one machine, in whatever container; another after each of its starts."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        # Elsewhere than on Linux workers are not in containers: the name tells machines apart.
        return socket.gethostname()
