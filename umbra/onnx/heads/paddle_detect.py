"""PaddleDetection and PaddleX, with NMS in the graph.

`boxes` (M, 6): class, score, x1 y1 x2 y2 in pixels; those of all images one below the other; `counts` (N,):
how many each image has. Rows of class -1 fill up.
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.detections import Detections
from umbra.onnx.heads import layout
from umbra.onnx.heads.boxes import from_corners
from umbra.onnx.heads.found import ranked
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Layout
from umbra.onnx.heads.rows import of_rows
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

LAYOUTS = (Layout((IMAGES, "objects", 6)), Layout((IMAGES,), real=False))


class PaddleDetect:
    """The graph suppresses. As its boxes have no axis for the images, it is fed one by one."""

    task: Task = "detection"
    roles = ("boxes", "counts")
    ranks = tuple(len(output.axes) for output in LAYOUTS)
    options: Mapping[str, tuple[str, ...]] = {}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels, one_image=True)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        boxes, counts = outputs
        found = of_rows(from_corners(boxes[..., 2:]), boxes[..., 1], boxes[..., 0], manifest, counts=counts)
        return ranked(found, manifest, projections)
