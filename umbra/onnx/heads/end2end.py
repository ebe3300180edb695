"""End-to-end detectors: YOLOv10 and YOLO26 as Ultralytics exports them, and its others with `nms=True`.

One output, (N, K, 6): x1 y1 x2 y2, score, class; rows of score 0 fill up.
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
from umbra.onnx.heads.rows import of_rows
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

LAYOUTS = (Layout((IMAGES, "objects", 6)),)


class End2End:
    """The graph suppresses, or need not."""

    task: Task = "detection"
    roles = ("output",)
    options: Mapping[str, tuple[str, ...]] = {"coordinates": COORDINATES}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        (output,) = outputs
        corners = from_corners(output[..., :4])
        found = of_rows(
            in_pixels(corners, option(self, manifest, "coordinates"), projections[0].size),
            output[..., 4],
            output[..., 5],
            manifest,
        )
        return ranked(found, manifest, projections)
