"""SSD and its like, without NMS in the graph: decoded boxes and a score for every label.

`boxes` (N, A, 4) and `scores` (N, A, C), where C counts the background or does not.
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.detections import Detections
from umbra.onnx.heads import layout
from umbra.onnx.heads.activation import ACTIVATIONS
from umbra.onnx.heads.boxes import from_centres, from_corners, in_pixels
from umbra.onnx.heads.found import Found, suppressed
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.label_scores import BACKGROUND, all_labels, of_labels
from umbra.onnx.heads.layout import IMAGES, Labels, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

LAYOUTS = (Layout((IMAGES, "anchors", 4)), Layout((IMAGES, "anchors", Labels((0, 1)))))
BOXES = {"corners": from_corners, "centres": from_centres}


class Ssd:
    """An anchor is an object once for every label that it scores for, as its authors have it."""

    task: Task = "detection"
    roles = ("boxes", "scores")
    options: Mapping[str, tuple[str, ...]] = {
        "coordinates": ("normalised", "pixels"),
        "boxes": tuple(BOXES),
        "background": BACKGROUND,
        "activation": tuple(ACTIVATIONS),
    }

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        boxes, raw = outputs
        activated = ACTIVATIONS[option(self, manifest, "activation")](raw)
        scores = of_labels(activated, option(self, manifest, "background"), len(manifest.labels))
        images, anchors, best, classes = all_labels(scores, manifest.thresholds.emit)

        corners = BOXES[option(self, manifest, "boxes")](boxes[images, anchors])
        corners = in_pixels(corners, option(self, manifest, "coordinates"), projections[0].size)
        return suppressed(Found(images, anchors, corners, best, classes), manifest, projections)
