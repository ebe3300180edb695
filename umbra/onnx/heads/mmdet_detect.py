"""MMDetection as MMDeploy exports it, with NMS in the graph.

`dets` (N, K, 5): x1 y1 x2 y2 in pixels of the input, score; `labels` (N, K), whole numbers. Rows of score 0
or label -1 fill up.
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

LAYOUTS = (Layout((IMAGES, "objects", 5)), Layout((IMAGES, "objects"), real=False))


class MmdetDetect:
    """The graph suppresses."""

    task: Task = "detection"
    roles = ("dets", "labels")
    options: Mapping[str, tuple[str, ...]] = {}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        dets, classes = outputs
        found = of_rows(from_corners(dets[..., :4]), dets[..., 4], classes, manifest)
        return ranked(found, manifest, projections)
