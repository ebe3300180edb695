"""ONNX Runtime: opening a session, and whose fault its errors are."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as states

from umbra.core.errors import Refused
from umbra.core.providers import CPU
from umbra.onnx.nvidia import preload

Provider = tuple[str, Mapping[str, str]]
"""ONNX Runtime's own name, and options."""

ON_CPU: Final[Sequence[Provider]] = ((CPU, {}),)

NO_DRIVER = "its driver or libraries are missing"

RUN_ERRORS = (states.Fail, states.InvalidArgument, states.NotImplemented, states.RuntimeException)
"""What `run` raises when a node fails: on its data (an index out of range, a shape that does not fit), but
also when memory or the device gives out; see `is_the_image`. `EPFail`, `EngineError`, `DeviceReset` and the
others are always of the device or the session."""

_LOAD_ERRORS = (
    *RUN_ERRORS,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NoSuchFile,
    states.ModelRequiresCompilation,
)

_NOT_THE_IMAGE = re.compile(
    r"failed to allocate|bad_alloc|bad allocation|out of memory|BFCArena"
    r"|(cuda|cudnn|cublas|cufft|tensorrt|hip|miopen|rocblas) (failure|error)|device (removed|lost|reset)",
    re.IGNORECASE,
)


class ProviderUnavailable(Refused):
    """A provider was asked for and not obtained; ONNX Runtime alone would quietly take the CPU."""


def is_the_image(err: Exception) -> bool:
    """Whether a failed run may be the image's fault.

    ONNX Runtime has no class of error for memory: an allocation that fails inside a node comes as `Fail` or
    `RuntimeException`, as a bad index does, so its text decides.
    """
    return isinstance(err, RUN_ERRORS) and not _NOT_THE_IMAGE.search(str(err))


def open_session(
    file: bytes | os.PathLike[str], providers: Sequence[Provider], threads: int
) -> ort.InferenceSession:
    """A session of exactly these providers.

    Args:
        file: its bytes, or its path.
        threads: within one inference.

    Raises:
        ProviderUnavailable: one is not part of this onnxruntime, or did not start.
        Refused: the file is not a model that this onnxruntime can run.
    """
    _refuse_missing(providers, ort.get_available_providers(), "is not part of this onnxruntime")
    missing = preload(providers)
    try:
        session = ort.InferenceSession(
            file, _options(threads), [(name, dict(options)) for name, options in providers], enable_fallback=0
        )
    except _LOAD_ERRORS as err:
        raise Refused(f"ONNX Runtime {ort.__version__} cannot load the model: {reason(err)}") from err
    session.disable_fallback()
    _refuse_missing(providers, session.get_providers(), f"did not start: {missing or NO_DRIVER}")
    return session


def reason(err: Exception) -> str:
    """What ONNX Runtime said, on one line, without its source files."""
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(err))
    text = re.sub(r"/\S+\.(cc|cpp|h|cu):\d+ .*?\) ", "", text)
    return " ".join(text.split())[:500]


def all_cores() -> int:
    """Those this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _options(threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads would take the decode pool's cores between two runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # What fails is raised, and reported with its image; the native log would say it again on stderr.
    options.log_severity_level = 4
    return options


def _refuse_missing(wanted: Sequence[Provider], there: Sequence[str], what: str) -> None:
    missing = [name for name, _ in wanted if name not in there]
    if missing:
        raise ProviderUnavailable(
            f"{', '.join(missing)} {what}; there are {', '.join(there)}. Install the onnxruntime that has"
            " it, with what it needs (docs/accelerators.md), or change UMBRA_ORT_PROVIDERS."
        )
