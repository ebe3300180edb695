"""Boxes, labels and scores, suppressed in the graph: torchvision's detectors, and SSD of the ONNX model zoo.

Boxes (N, K, 4) x1 y1 x2 y2, labels (N, K), scores (N, K); torchvision, which judges images one by one, leaves
out the first axis. Its label 0 is the background: either the manifest's labels begin with it, as those of
torchvision's weights do, or the option says `first`.
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.detections import Detections
from umbra.onnx.heads import layout
from umbra.onnx.heads.boxes import COORDINATES, from_corners, in_pixels
from umbra.onnx.heads.found import ranked
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.rows import BACKGROUND, of_rows
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

LAYOUTS = (
    Layout((IMAGES, "objects", 4)),
    Layout((IMAGES, "objects"), real=False),
    Layout((IMAGES, "objects")),
)


class TorchvisionDetect:
    """The graph suppresses."""

    task: Task = "detection"
    roles = ("boxes", "labels", "scores")
    ranks = tuple(len(output.axes) for output in LAYOUTS)
    options: Mapping[str, tuple[str, ...]] = {"coordinates": COORDINATES, "background": BACKGROUND}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels, one_image=True)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        boxes, classes, scores = outputs
        corners = from_corners(boxes)
        found = of_rows(
            in_pixels(corners, option(self, manifest, "coordinates"), projections[0].size),
            scores,
            classes,
            manifest,
            background=option(self, manifest, "background"),
        )
        return ranked(found, manifest, projections)
