"""Graphs whose outputs are those of one image, without an axis for the images."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from umbra.core.errors import Refused
from umbra.onnx.heads.head import Head, OneImage
from umbra.onnx.signature import Tensor


def is_fed_one_by_one(head: Head, outputs: Sequence[Tensor], fixed_batch: int | None) -> bool:
    """Whether a graph must be: an output of it does not count images, or the file does not tell its axes.

    Args:
        outputs: one per role, as the graph declares them.

    Raises:
        Refused: the graph insists on several images.
    """
    if not isinstance(head, OneImage):
        return False
    short = [output for output, rank in zip(outputs, head.ranks, strict=True) if len(output.shape) < rank]
    if short and fixed_batch not in (None, 1):
        raise Refused(
            f"Output {short[0]} has no axis for the images, yet the graph takes {fixed_batch} at once: export"
            " it for 1 image or any number."
        )
    return bool(short)


def with_image_axis(head: Head, outputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """The outputs of one image with that axis, where it is missing."""
    if not isinstance(head, OneImage):
        return list(outputs)
    return [
        output[None] if output.ndim == rank - 1 else output
        for output, rank in zip(outputs, head.ranks, strict=True)
    ]
