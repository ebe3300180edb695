"""What some graphs want besides the image: how large it is and was.

Each is told of the model's input as if it were the original. So boxes come back in its pixels, which is what
heads read, and Umbra projects them to the original by itself, exactly and whatever the resize mode.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from umbra.onnx.signature import Tensor

_DTYPES: Final = {"float": np.float32, "double": np.float64, "int32": np.int32, "int64": np.int64}

Size = tuple[int, int]
"""Height, width."""

Row = Callable[[Size, Tensor], NDArray[Any]]

SIDE_INPUTS: Final[Mapping[str, Row]] = {
    # PaddleDetection: height and width, and by how much they were scaled.
    "im_shape": lambda size, _: np.array(size),
    "scale_factor": lambda size, _: np.ones(2),
    # RT-DETR, D-FINE and DEIM: width and height.
    "orig_target_sizes": lambda size, _: np.array(size[::-1]),
    # DETR of Hugging Face: 1 where the image is, not padding; letterboxes do without it, so it is all image.
    "pixel_mask": lambda size, tensor: np.ones(_open(tensor.shape[1:], size)),
}
"""By its name what one is for an image."""


def side_inputs(inputs: Sequence[Tensor], size: Size) -> dict[str, NDArray[Any]]:
    """Of one image, by name: (1, …) in the dtype that the graph wants.

    Args:
        inputs: of the graph, those besides the image.
        size: of the image in the input.
    """
    return {
        tensor.name: SIDE_INPUTS[tensor.name](size, tensor)[None].astype(_DTYPES[tensor.dtype])
        for tensor in inputs
    }


def is_side_input(tensor: Tensor) -> bool:
    """Whether it is known what to feed it with."""
    return tensor.name in SIDE_INPUTS and tensor.dtype in _DTYPES


def _open(shape: Sequence[int | None], size: Size) -> list[int]:
    """`shape`, with `size` where it is open."""
    if len(shape) != len(size):
        return list(size)
    return [fixed or side for fixed, side in zip(shape, size, strict=True)]
