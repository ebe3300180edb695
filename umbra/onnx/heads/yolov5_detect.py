"""YOLOv5, v6 and v7 detection, without NMS in the graph.

One output, (N, A, 5 + C): per anchor cx cy w h in pixels of the input, objectness, then C probabilities.
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.detections import Detections
from umbra.onnx.heads import layout, objectness
from umbra.onnx.heads.boxes import from_centres
from umbra.onnx.heads.found import Found, suppressed
from umbra.onnx.heads.head import Outputs
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor


class Yolov5Detect:
    """An anchor has the label of its best score."""

    task: Task = "detection"
    roles = ("output",)
    options: Mapping[str, tuple[str, ...]] = {}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, objectness.LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        (output,) = outputs
        images, anchors, scores, classes = objectness.named(output, manifest.thresholds.emit)
        corners = from_centres(output[images, anchors, : objectness.BOX])
        return suppressed(Found(images, anchors, corners, scores, classes), manifest, projections)
