"""Whether a manifest is sound and fits a graph: asked at the upload, and again when the model is loaded."""

import math
from collections.abc import Iterator

from umbra.contracts.manifest import Input, Manifest
from umbra.core.errors import Refused
from umbra.onnx.side_inputs import SIDE_INPUTS, is_side_input
from umbra.onnx.signature import DTYPES, Dim, Signature, Tensor

LARGEST_SIDE = 16_384
"""Pixels of an input's side; a greater one is a mistake."""

LARGEST_MULTIPLE = 1024
"""Nets halve an image ten times at most."""


def refuse_unfit(manifest: Manifest, signature: Signature) -> None:
    """Raises:
    Refused: the manifest contradicts itself or the graph; the text says what to correct.
    """
    refuse_unsound(manifest.input)
    for problem in _of_results(manifest):
        raise Refused(f"The manifest's {problem}")
    _refuse_other_input(manifest.input, signature)
    _refuse_other_outputs(manifest, signature)


def refuse_unsound(wanted: Input) -> None:
    """Raises:
    Refused: images cannot be put into this input.
    """
    for problem in _of_input(wanted):
        raise Refused(f"Input {wanted.name} of the manifest: {problem}")


def _of_input(wanted: Input) -> Iterator[str]:
    """Why images cannot be put into it, and what to do."""
    if len(wanted.mean) != len(wanted.std) or len(wanted.mean) < wanted.channels:
        yield (
            f"{wanted.channels} channels need as many values of mean and std,"
            f" not {wanted.mean} and {wanted.std}."
        )
    if not all(wanted.std):
        yield f"std {wanted.std} would divide by 0; leave it out for 1."
    if not all(map(math.isfinite, (wanted.scale, *wanted.mean, *wanted.std))):
        yield f"scale {wanted.scale}, mean {wanted.mean} and std {wanted.std} must be finite numbers."
    if not 0 <= wanted.pad <= 255:
        yield f"pad is a pixel value, 0 to 255, not {wanted.pad}."
    yield from _of_size(wanted)
    plain = wanted.scale == 1 and not any(wanted.mean) and set(wanted.std) == {1}
    if wanted.dtype == "uint8" and not plain:
        yield "uint8 takes pixels as they are: set scale 1, mean 0 and std 1."


def _of_size(wanted: Input) -> Iterator[str]:
    """Why images have no place in it, and what to do."""
    if wanted.size is None and wanted.resize != "none":
        yield f"with an open size nothing is resized: give a size, or resize none instead of {wanted.resize}."
    if wanted.size is not None and not all(1 <= side <= LARGEST_SIDE for side in wanted.size):
        yield f"size is height, width in pixels, 1 to {LARGEST_SIDE}, not {wanted.size}."
    if not 1 <= wanted.multiple_of <= LARGEST_MULTIPLE:
        yield f"multiple_of is a number of pixels, 1 to {LARGEST_MULTIPLE}, not {wanted.multiple_of}."
    if wanted.multiple_of > 1 and wanted.size is not None:
        yield f"multiple_of {wanted.multiple_of} is of an open size: leave it out, or set size to null."
    if wanted.short_side is not None and wanted.resize != "short-side-crop":
        yield f"short_side is of resize short-side-crop, not of {wanted.resize}: leave it out."
    if wanted.short_side is not None and not 1 <= wanted.short_side <= LARGEST_SIDE:
        yield f"short_side is in pixels, 1 to {LARGEST_SIDE}, not {wanted.short_side}."


def _of_results(manifest: Manifest) -> Iterator[str]:
    """Why its results would mean nothing, and what to do."""
    if not manifest.labels or not all(manifest.labels):
        yield "labels must be given, none of them empty."
    thresholds = manifest.thresholds
    for name in ("emit", "operate", "nms_iou"):
        value = getattr(thresholds, name)
        if not 0 <= value <= 1:
            yield f"threshold {name} must be from 0 to 1, not {value}."
    if thresholds.operate < thresholds.emit:
        yield f"threshold operate ({thresholds.operate}) lies below emit ({thresholds.emit}): raise it."
    if thresholds.max_detections < 1:
        yield f"max_detections must be 1 or more, not {thresholds.max_detections}."
    if thresholds.top_k < 1:
        yield f"top_k must be 1 or more, not {thresholds.top_k}."


def _refuse_other_input(wanted: Input, signature: Signature) -> None:
    tensor = image_input(wanted, signature)
    dtype = DTYPES.get(tensor.dtype, tensor.dtype)
    if dtype != wanted.dtype:
        raise Refused(
            f"Input {wanted.name} of the graph is {dtype}, the manifest says {wanted.dtype}: correct it."
        )
    if not _holds(tensor, wanted):
        raise Refused(
            f"Input {tensor} of the graph does not take what the manifest gives, {_asked_for(wanted)}:"
            " correct the manifest's size, layout or colour."
        )


def image_input(wanted: Input, signature: Signature) -> Tensor:
    """The input that takes the image.

    Raises:
        Refused: there is no such one, or another that nobody knows what to feed with.
    """
    inputs = {tensor.name: tensor for tensor in signature.inputs}
    unknown = [name for name, tensor in inputs.items() if name != wanted.name and not is_side_input(tensor)]
    if wanted.name not in inputs or unknown:
        raise Refused(
            f"The graph's inputs are {', '.join(inputs) or 'none'}, the manifest has {wanted.name}: one image"
            f" input is read, name it in the manifest; besides it a graph may have {', '.join(SIDE_INPUTS)}."
        )
    return inputs[wanted.name]


def _holds(tensor: Tensor, wanted: Input) -> bool:
    asked_for = _asked_for(wanted).shape[1:]
    # Of torchvision's exports many take one image, without an axis to count them.
    there = tensor.shape if len(tensor.shape) == len(asked_for) else tensor.shape[1:]
    return len(there) == len(asked_for) and all(
        dim in (None, asked) for dim, asked in zip(there, asked_for, strict=True)
    )


def _asked_for(wanted: Input) -> Tensor:
    """What the manifest says of the input, as a graph would."""
    size: tuple[Dim, Dim] = wanted.size or (None, None)
    return Tensor(wanted.name, wanted.dtype, (None, *wanted.row_shape(size)))


def _refuse_other_outputs(manifest: Manifest, signature: Signature) -> None:
    there = [tensor.name for tensor in signature.outputs]
    missing = sorted(set(manifest.outputs.values()) - set(there))
    if missing:
        raise Refused(
            f"The graph has no output {', '.join(missing)}, only {', '.join(there)}: give each role the name"
            " of an output."
        )
