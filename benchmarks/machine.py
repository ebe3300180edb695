"""Where and with what a run was measured."""

import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from umbra.contracts.wire import rfc3339
from umbra.local.jars import KAFKA_VERSION

_LIBRARIES = ("confluent-kafka", "onnxruntime", "opencv-python-headless", "faust-streaming", "psycopg")


def describe() -> dict[str, Any]:
    """What a reader needs to judge the absolute figures, which do not travel between machines."""
    return {
        "at": rfc3339(datetime.now(UTC)),
        "commit": _commit(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "million_additions_ms": additions_ms(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "kafka": KAFKA_VERSION,
        **{name: version(name) for name in _LIBRARIES},
    }


def additions_ms() -> float:
    """CPU milliseconds for a million additions in Python: 50 on the machine at its best, 200 and more while
    its host is busy with others."""
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return (time.process_time() - began) * 1000


def _commit() -> str | None:
    asked = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None
