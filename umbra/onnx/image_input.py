"""How an image becomes the input of a graph, as far as its file says."""

from collections.abc import Mapping
from typing import Any

from umbra.contracts.manifest import Task
from umbra.core.errors import Refused
from umbra.onnx import ultralytics
from umbra.onnx.notes import Notes
from umbra.onnx.side_inputs import is_side_input
from umbra.onnx.signature import DTYPES, Dim, Signature, Tensor

CHANNELS = (1, 3)
_TYPES = "export it as float, float16 or uint8."


def read_input(
    signature: Signature, given: Mapping[str, Any], task: Task | None, notes: Notes
) -> dict[str, Any] | None:
    """The manifest's `input`, of what is given and what the file says; None when it cannot be told."""
    tensor = _image(signature, given.get("name"), notes)
    if tensor is None:
        return None
    made = {"name": tensor.name, **given}
    _add_type(made, tensor, notes)
    _add_layout(made, tensor, notes)
    _add_size(made, tensor, signature.metadata, notes)
    _add_range(made, signature.metadata, notes)
    if "resize" not in made:
        made["resize"] = _resize(signature.metadata, task, notes)
    return made


def _image(signature: Signature, named: str | None, notes: Notes) -> Tensor | None:
    """The input that takes the image."""
    there = ", ".join(map(str, signature.inputs)) or "none"
    if named is not None:
        chosen = [tensor for tensor in signature.inputs if tensor.name == named]
        if not chosen:
            notes.refuse("manifest", f"The graph has no input {named}, only {there}.", "Correct input.name.")
        return chosen[0] if chosen else None
    images = [tensor for tensor in signature.inputs if not is_side_input(tensor)]
    images = [tensor for tensor in images if len(tensor.shape) in (3, 4)] or images
    if len(images) == 1:
        return images[0]
    for tensor in images:
        notes.candidate("input.name", tensor.name, str(tensor))
    notes.miss("input.name", f"Which input takes the image? There are: {there}.", "Name it in a manifest.")
    return None


def _add_type(made: dict[str, Any], tensor: Tensor, notes: Notes) -> None:
    if "dtype" in made:
        return
    if tensor.dtype not in DTYPES:
        notes.refuse("manifest", f"Input {tensor} must be float, float16 or uint8.", f"Please {_TYPES}")
        return
    made["dtype"] = notes.find("input.dtype", DTYPES[tensor.dtype], str(tensor))


def _add_layout(made: dict[str, Any], tensor: Tensor, notes: Notes) -> None:
    """The layout, and the colour that its channels allow."""
    row = tensor.shape[-3:]
    if "layout" not in made:
        layout = _layout(row, tensor, notes)
        if layout is None:
            return
        made["layout"] = layout
    if "colour" in made or len(row) != 3:
        return
    channels = row[0] if made["layout"] == "NCHW" else row[2]
    if channels == 1:
        made["colour"] = notes.find("input.colour", "grey", f"{tensor} has one channel")
    else:
        made["colour"] = notes.guess(
            "input.colour", "RGB", "nearly all are trained on RGB; models of OpenCV's own kind want BGR"
        )


def _layout(row: tuple[Dim, ...], tensor: Tensor, notes: Notes) -> Any:
    if len(row) == 3 and row[0] in CHANNELS:
        return notes.find("input.layout", "NCHW", str(tensor))
    if len(row) == 3 and row[2] in CHANNELS:
        return notes.find("input.layout", "NHWC", str(tensor))
    if len(row) == 3 and row[0] is None and row[2] is None:
        return notes.guess("input.layout", "NCHW", f"{tensor} leaves it open, and most graphs are NCHW")
    notes.refuse(
        "manifest",
        f"Input {tensor} is neither (images, 3, height, width) nor (images, height, width, 3), or 1 for"
        " grey.",
        "Export the model with its image as such an input, or name another in the manifest.",
    )
    return None


def _add_size(made: dict[str, Any], tensor: Tensor, metadata: Mapping[str, str], notes: Notes) -> None:
    """Height, width: the graph's where they are fixed, else the metadata's."""
    if "size" in made or "layout" not in made:
        return
    row = tensor.shape[-3:]
    height, width = row[1:] if made["layout"] == "NCHW" else row[:2]
    if height and width:
        made["size"] = notes.find("input.size", (height, width), str(tensor))
        return
    remedy = "Give a manifest with input.size, [height, width] in pixels."
    if "imgsz" not in metadata:
        notes.miss(
            "input.size", f"Input {tensor} leaves the size open and the metadata has no imgsz.", remedy
        )
        return
    try:
        said = ultralytics.size(metadata["imgsz"])
    except Refused as err:
        notes.miss("input.size", str(err), remedy)
        return
    made["size"] = notes.find("input.size", (height or said[0], width or said[1]), "the metadata's imgsz")


def _add_range(made: dict[str, Any], metadata: Mapping[str, str], notes: Notes) -> None:
    """Scale, mean and std."""
    if {"scale", "mean", "std"} & made.keys() or "dtype" not in made:
        return
    if made["dtype"] == "uint8":
        made["scale"] = notes.find("input.scale", 1.0, "uint8 takes pixels as they are")
    elif ultralytics.wrote(metadata):
        made["scale"] = notes.find("input.scale", 1 / 255, "Ultralytics feeds its models 0 to 1")
    else:
        made["scale"] = notes.guess(
            "input.scale",
            1 / 255,
            "the file does not say; torchvision, timm and Hugging Face models want mean [0.485, 0.456, 0.406]"
            " and std [0.229, 0.224, 0.225] besides",
        )


def _resize(metadata: Mapping[str, str], task: Task | None, notes: Notes) -> Any:
    if ultralytics.wrote(metadata) and task is not None:
        return notes.find("input.resize", ultralytics.resize(task), "as Ultralytics does it for this task")
    return notes.guess(
        "input.resize",
        "letterbox-centre",
        "the file does not say; classifiers are often trained with short-side-crop, others with stretch",
    )
