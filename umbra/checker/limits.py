"""What a check may take of the machine."""

import math
import os
import resource
import sys
import threading
from contextlib import suppress

import msgspec

_LARGEST_FILE = 1_000_000


class Limits(msgspec.Struct, frozen=True):
    """Attributes:
    memory_bytes: of address space, what libraries map included.
    timeout_s: by the clock; of the processor as much for each core.
    operator_domains: allowed besides ONNX's.
    """

    memory_bytes: int
    timeout_s: float
    operator_domains: tuple[str, ...] = ()


def limit_this_process(limits: Limits) -> None:
    """For ever, and for all that it starts."""
    processor_s = math.ceil(limits.timeout_s * (os.cpu_count() or 1)) + 1
    wanted = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_CPU: processor_s,
        # Only complaints are written: the report goes through a pipe.
        resource.RLIMIT_FSIZE: _LARGEST_FILE,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        _, hard = resource.getrlimit(kind)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # macOS knows RLIMIT_AS and refuses to set it.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))


def end_with_parent() -> None:
    """End this process when whoever started it is gone, which closes the pipe of its standard input."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
