"""YOLOX as Megvii exports it, without NMS in the graph.

One output, (N, A, 5 + C): per anchor a box, objectness, then C probabilities. The anchors are the cells of
grids with strides 8, 16 and 32 (and 64), row by row. Unless exported with `--decode_in_inference`, a box
is told by its cell: the centre from the cell's corner, in strides, and the logarithm of the size in strides.
https://github.com/Megvii-BaseDetection/YOLOX, `demo_postprocess`.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest, Task
from umbra.core.detections import Detections
from umbra.core.errors import Refused
from umbra.onnx.heads import layout, objectness
from umbra.onnx.heads.boxes import from_centres
from umbra.onnx.heads.found import Found, suppressed
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.options import option
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

STRIDES: Final = ((8, 16, 32), (8, 16, 32, 64))
"""Of YOLOX, and of its variants with a sixth level."""

_LARGEST_LOG: Final = 20.0
"""e to that strides is beyond any image; e to 710 is beyond any number."""

Grid = NDArray[np.float64]
"""(A, 3): the x and y of a cell, counted in strides, and its stride."""


class Yolox:
    """An anchor has the label of its best score."""

    task: Task = "detection"
    roles = ("output",)
    options: Mapping[str, tuple[str, ...]] = {"boxes": ("grid", "decoded")}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, objectness.LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        (output,) = outputs
        images, anchors, scores, classes = objectness.named(output, manifest.thresholds.emit)
        boxes = output[images, anchors, : objectness.BOX]
        if option(self, manifest, "boxes") == "grid":
            boxes = _decoded(boxes, _grid(projections[0].size, output.shape[1])[anchors])
        return suppressed(Found(images, anchors, from_centres(boxes), scores, classes), manifest, projections)


def _decoded(boxes: NDArray[Any], cells: Grid) -> NDArray[np.float64]:
    """Boxes of the grid to cx cy w h in pixels of the input."""
    corner, stride = cells[:, :2], cells[:, 2:]
    centre = (boxes[:, :2] + corner) * stride
    size = np.exp(np.minimum(boxes[:, 2:], _LARGEST_LOG, dtype=np.float64)) * stride
    return np.concatenate((centre, size), axis=1)


@lru_cache(maxsize=64)
def _grid(size: tuple[int, int], anchors: int) -> Grid:
    """Raises:
    Refused: an input of this size does not have as many anchors.
    """
    grids = [np.concatenate([_level(size, stride) for stride in strides]) for strides in STRIDES]
    for grid in grids:
        if len(grid) == anchors:
            return grid
    counts = " or ".join(str(len(grid)) for grid in grids)
    raise Refused(
        f"The output has {anchors} anchors; YOLOX has {counts} for an input of {size[1]} x {size[0]} pixels:"
        " check the manifest's head and size, or set the head's option boxes to decoded."
    )


def _level(size: tuple[int, int], stride: int) -> Grid:
    y, x = np.indices((size[0] // stride, size[1] // stride), np.float64).reshape(2, -1)
    return np.stack((x, y, np.full_like(x, stride)), axis=1)
