"""ONNX Runtime's execution providers, by the names people use; and the device each computes on."""

import difflib
from collections.abc import Mapping, Sequence

SUFFIX = "ExecutionProvider"
CPU = "CPUExecutionProvider"

NAMES = {
    "CPU": CPU,
    "CUDA": "CUDAExecutionProvider",
    "TensorRT": "TensorrtExecutionProvider",
    # ONNX Runtime gave up its ROCMExecutionProvider in 1.23: this one computes on ROCm now.
    "ROCm": "MIGraphXExecutionProvider",
    "OpenVINO": "OpenVINOExecutionProvider",
    "CoreML": "CoreMLExecutionProvider",
}
"""A short name to ONNX Runtime's own."""

Options = Mapping[str, str]
"""Of one provider, as ONNX Runtime takes them."""

_VISIBLE = {
    "CUDAExecutionProvider": ("nvidia", ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")),
    "TensorrtExecutionProvider": ("nvidia", ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")),
    "MIGraphXExecutionProvider": ("amd", ("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")),
}
"""The maker, and the variables that number its devices anew, the innermost first."""

_NOT_A_LIST = frozenset({"", "all", "none", "void"})


def provider(name: str) -> str:
    """ONNX Runtime's own name of a provider.

    Args:
        name: a short one in any case, or its own.

    Raises:
        ValueError: it can be no provider; the text names the nearest.
    """
    short = {known.lower(): own for known, own in NAMES.items()}
    if name.lower() in short:
        return short[name.lower()]
    if name.endswith(SUFFIX) and name != SUFFIX:
        return name
    nearest = difflib.get_close_matches(name.lower(), short, n=1, cutoff=0.5)
    meant = next((f" ({known}?)" for known in NAMES if known.lower() in nearest), "")
    raise ValueError(
        f"{name!r} is no provider{meant}: use {', '.join(NAMES)}, or ONNX Runtime's own name like {CPU}."
    )


def short_name(own: str) -> str:
    """The name people use."""
    short = {known: name for name, known in NAMES.items()}
    return short.get(own, own.removesuffix(SUFFIX))


def device(providers: Sequence[tuple[str, Options]], environ: Mapping[str, str]) -> str | None:
    """The accelerator that models run on, None when it is the CPU.

    Args:
        providers: own names with their options, best first.
        environ: of the process, which may number the devices anew.

    Returns:
        `nvidia:0`, `amd:1`, `openvino:GPU`, `apple`; a device that was made visible by an id keeps that.
    """
    for name, options in providers:
        if (found := _device(name, options, environ)) is not None:
            return found
    return None


def _device(name: str, options: Options, environ: Mapping[str, str]) -> str | None:
    if name in _VISIBLE:
        maker, variables = _VISIBLE[name]
        number = options.get("device_id", "0")
        for variable in variables:
            number = _behind(number, environ.get(variable, ""))
        return f"{maker}:{number}"
    if name == "OpenVINOExecutionProvider":
        kind = options.get("device_type", "CPU")
        return None if kind.startswith("CPU") else f"openvino:{kind}"
    if name == "CoreMLExecutionProvider":
        return None if options.get("MLComputeUnits") == "CPUOnly" else "apple"
    return None


def _behind(number: str, visible: str) -> str:
    """What a device that is known by its place in a list is called there."""
    listed = visible.replace(" ", "").split(",")
    if visible in _NOT_A_LIST or not number.isdigit() or int(number) >= len(listed):
        return number
    return listed[int(number)]
