"""NVIDIA's libraries, which onnxruntime-gpu does not find by itself when they are Python packages."""

import contextlib
import io
from collections.abc import Mapping, Sequence
from functools import cache

import onnxruntime as ort

_NEEDING = frozenset({"CUDAExecutionProvider", "TensorrtExecutionProvider"})


def preload(providers: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """Load them when a provider needs them; what was said of those that are missing, on one line."""
    return _preloaded() if any(name in _NEEDING for name, _ in providers) else ""


@cache
def _preloaded() -> str:
    # It prints what it did not find; whether that matters shows when the provider starts, or does not.
    with contextlib.redirect_stdout(io.StringIO()) as said:
        ort.preload_dlls()
    return " ".join(said.getvalue().split())[:500]
