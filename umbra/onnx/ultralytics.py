"""The manifest of a model that Ultralytics exported: its metadata says nearly everything.

https://docs.ultralytics.com/modes/export: `names`, `imgsz` (height, width) and `task`, as Python literals.
"""

import ast
from typing import Any

from umbra.contracts.manifest import Input, Layout, Manifest
from umbra.core.errors import Refused
from umbra.onnx.fit import LARGEST_SIDE
from umbra.onnx.signature import DTYPES, Dim, Signature, Tensor

LARGEST_METADATA = 1_000_000
"""Characters of one entry; the 1,203 names of LVIS take 30,000."""

BOX = 4


def manifest_from(signature: Signature, *, name: str) -> Manifest:
    """Letterboxed RGB in 0..1, and the head that fits the task and the output.

    Raises:
        Refused: the metadata is missing or does not fit the graph, or no head reads the output.
    """
    _refuse_other_exporters(signature)
    labels = _labels(signature.metadata["names"])
    return Manifest(
        name=name,
        task="detection",
        head=_head(signature, labels),
        labels=labels,
        input=_input(signature),
    )


def _refuse_other_exporters(signature: Signature) -> None:
    missing = [key for key in ("names", "task") if key not in signature.metadata]
    if missing:
        there = ", ".join(signature.metadata) or "none"
        raise Refused(
            f"The file does not say its {' and '.join(missing)} (its metadata: {there}): give a manifest, or"
            " export the model with Ultralytics, which writes them."
        )
    task = signature.metadata["task"]
    if task != "detect":
        raise Refused(
            f"The file's task is {task[:50]!r}; of Ultralytics models only 'detect' is read so far."
        )


def _labels(names: str) -> list[str]:
    """`{0: 'cat', 1: 'dog'}` in the order of its indices; the keys may be text."""
    found: Any = _literal("names", names)
    if isinstance(found, (list, tuple)):
        found = dict(enumerate(found))
    try:
        by_index = {int(index): str(label) for index, label in found.items()}
        return [by_index[index] for index in range(len(by_index) or 1)]
    except (AttributeError, TypeError, ValueError, KeyError) as err:
        raise Refused(
            f"The metadata's names are {names[:80]!r}; expected a label for each of 0, 1, 2, …: correct"
            " them or give a manifest with labels."
        ) from err


def _literal(key: str, text: str) -> object:
    if len(text) > LARGEST_METADATA:
        raise Refused(f"The metadata's {key} has {len(text):,} characters, more than {LARGEST_METADATA:,}.")
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as err:
        raise Refused(
            f"The metadata's {key} is no Python literal: {text[:80]!r}. Export the model again."
        ) from err


def _input(signature: Signature) -> Input:
    if len(signature.inputs) != 1:
        there = ", ".join(map(str, signature.inputs)) or "none"
        raise Refused(
            f"The graph must have one input, the image; there are: {there}. Give a manifest that names it."
        )
    (tensor,) = signature.inputs
    if tensor.dtype not in DTYPES:
        raise Refused(f"Input {tensor} must be float, float16 or uint8: export it as one of them.")
    layout, channels, plane = _layout(tensor)
    return Input(
        name=tensor.name,
        size=_size(tensor, plane, signature.metadata.get("imgsz")),
        layout=layout,
        dtype=DTYPES[tensor.dtype],
        colour="grey" if channels == 1 else "RGB",
        scale=1.0 if tensor.dtype == "uint8" else 1 / 255,
    )


def _layout(tensor: Tensor) -> tuple[Layout, Dim, tuple[Dim, ...]]:
    """Layout, channels, and the fixed part of height and width."""
    shape = tensor.shape
    if len(shape) == 4 and shape[1] in (1, 3):
        return "NCHW", shape[1], shape[2:]
    if len(shape) == 4 and shape[3] in (1, 3):
        return "NHWC", shape[3], shape[1:3]
    raise Refused(
        f"Input {tensor} is neither (images, 3, height, width) nor (images, height, width, 3), or 1 for grey:"
        " give a manifest with its layout."
    )


def _size(tensor: Tensor, plane: tuple[Dim, ...], imgsz: str | None) -> tuple[int, int]:
    """Height, width: the graph's where they are fixed, else the metadata's."""
    height, width = plane
    if height and width:
        return height, width
    if imgsz is None:
        raise Refused(
            f"Input {tensor} leaves the size open and the metadata has no imgsz: give a manifest with it."
        )
    said = _literal("imgsz", imgsz)
    sides = said if isinstance(said, (list, tuple)) else (said, said)
    if len(sides) != 2 or not all(isinstance(side, int) and 0 < side <= LARGEST_SIDE for side in sides):
        raise Refused(f"The metadata's imgsz is {imgsz[:80]!r}; expected [height, width] in pixels.")
    return height or sides[0], width or sides[1]


def _head(signature: Signature, labels: list[str]) -> str:
    shape = signature.outputs[0].shape
    if len(signature.outputs) == 1 and len(shape) == 3 and shape[1] == BOX + len(labels):
        return "yolov8-detect"
    there = ", ".join(map(str, signature.outputs))
    raise Refused(
        f"No head reads the output {there} with {len(labels)} labels: yolov8-detect reads one output"
        f" (images, {BOX + len(labels)}, anchors). Export with nms=False, and check the names."
    )
