"""The four outputs of TensorRT's EfficientNMS, and of TensorFlow's detectors.

A number per image, then boxes (N, K, 4), scores (N, K) and classes (N, K), of which so many count.
https://github.com/NVIDIA/TensorRT/tree/main/plugin/efficientNMSPlugin. TensorFlow's detection API has them in
0..1, y before x, and counts its classes from 1.
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.detections import Detections
from umbra.onnx.heads import layout
from umbra.onnx.heads.boxes import COORDINATES, from_corners, from_rows_first, in_pixels
from umbra.onnx.heads.found import ranked
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.rows import BACKGROUND, of_rows
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

LAYOUTS = (
    Layout((IMAGES, 1), real=False),
    Layout((IMAGES, "objects", 4)),
    Layout((IMAGES, "objects")),
    Layout((IMAGES, "objects"), real=False),
)
CORNERS = {"xyxy": from_corners, "yxyx": from_rows_first}


class EfficientNms:
    """The graph suppresses."""

    task: Task = "detection"
    roles = ("counts", "boxes", "scores", "classes")
    options: Mapping[str, tuple[str, ...]] = {
        "coordinates": COORDINATES,
        "corners": tuple(CORNERS),
        "background": BACKGROUND,
    }

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        counts, boxes, scores, classes = outputs
        corners = CORNERS[option(self, manifest, "corners")](boxes)
        found = of_rows(
            in_pixels(corners, option(self, manifest, "coordinates"), projections[0].size),
            scores,
            classes,
            manifest,
            background=option(self, manifest, "background"),
            counts=counts,
        )
        return ranked(found, manifest, projections)
