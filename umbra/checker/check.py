"""One check: a limited process, started and, if need be, killed."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

from umbra.checker.limits import Limits
from umbra.checker.request import Answer, answer_decoder
from umbra.contracts.http.model_report import Fault, ModelReport

_TOLD = frozenset({"PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH"})
"""Variables that the process is told; no password or token is among them."""

_MEMORY = re.compile(
    r"MemoryError|bad_alloc|cannot allocate|out of memory|failed to (allocate|map segment)", re.IGNORECASE
)

_COMPLAINT = 100_000
"""Bytes read of what the process wrote on standard error."""


def check(request: Path, limits: Limits) -> Answer:
    """Examine the model of a request; whatever it does, there is an answer.

    Args:
        request: as `request.read_request` reads it; in a directory of its own, where the process runs.
    """
    # Whoever holds its other end lives: the process watches its standard input.
    watched, held = os.pipe()
    with tempfile.TemporaryFile() as complained, os.fdopen(held, "wb"):
        with os.fdopen(watched, "rb") as stdin:
            process = subprocess.Popen(
                _command(request, limits),
                cwd=request.parent,
                env={name: value for name, value in os.environ.items() if name in _TOLD},
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=complained,
                start_new_session=True,
            )
        try:
            raw, _ = process.communicate(timeout=limits.timeout_s)
        except subprocess.TimeoutExpired:
            return _refused(_too_long(limits))
        finally:
            _end(process)
        if process.returncode == 0:
            with suppress(msgspec.DecodeError):
                return answer_decoder.decode(raw)
        complained.seek(0)
        return _refused(
            _died(process.returncode, complained.read(_COMPLAINT).decode(errors="replace"), limits)
        )


def _command(request: Path, limits: Limits) -> list[str]:
    told = msgspec.json.encode(limits).decode()
    return [sys.executable, "-P", "-m", "umbra.checker", str(request), told]


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _died(code: int, complaint: str, limits: Limits) -> Fault:
    if code == -signal.SIGXCPU:
        return _too_long(limits)
    if _MEMORY.search(complaint) or code == -signal.SIGKILL:
        return Fault(
            "memory",
            f"The check ran out of the {limits.memory_bytes / 1e9:.1f} GB that it may take.",
            "Make the model smaller, or raise UMBRA_CHECK_MEMORY_BYTES where the checker runs.",
        )
    said = (complaint.strip().splitlines() or ["it said nothing"])[-1][:300]
    return Fault(
        "crashed",
        f"The model ended the process that ran it ({_ended(code)}): {said}",
        "Export the model again, with another opset if need be; it would end the workers too.",
    )


def _ended(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _too_long(limits: Limits) -> Fault:
    return Fault(
        "time",
        f"The model was not loaded and run within {limits.timeout_s:g} s: it loops, or is very slow.",
        "Look for loops without an end in the graph, or raise UMBRA_CHECK_TIMEOUT_S where the checker runs.",
    )


def _refused(fault: Fault) -> Answer:
    return Answer(ModelReport(problems=[fault]))
