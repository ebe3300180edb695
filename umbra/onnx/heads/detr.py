"""DETR and its kin as Hugging Face exports them: YOLOS, Conditional and Deformable DETR, RT-DETR, D-FINE.

`logits` (N, Q, C) and `pred_boxes` (N, Q, 4): cx cy w h in 0..1 of the input. DETR and YOLOS take the softmax
of C + 1 columns, the last of which says that there is no object, and each query is one object at most. The
others take the sigmoid of each, and rank the pairs of query and label, so that a query may be two objects.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from umbra.contracts.manifest import Manifest, Task
from umbra.core.detections import Detections
from umbra.onnx.heads import layout
from umbra.onnx.heads.activation import sigmoid, softmax
from umbra.onnx.heads.boxes import from_centres, in_pixels
from umbra.onnx.heads.found import Found, ranked
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.label_scores import best_labels, best_pairs, of_labels
from umbra.onnx.heads.layout import IMAGES, Labels, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

LAYOUTS = (Layout((IMAGES, "queries", Labels((1, 0)))), Layout((IMAGES, "queries", 4)))
ACTIVATIONS: Final = {"softmax": (softmax, "last"), "sigmoid": (sigmoid, "none")}
LABELS: Final = {"best": best_labels, "ranked": best_pairs}


class Detr:
    """Nothing is suppressed: the queries have settled that among themselves."""

    task: Task = "detection"
    roles = ("logits", "boxes")
    options: Mapping[str, tuple[str, ...]] = {"activation": tuple(ACTIVATIONS), "labels": tuple(LABELS)}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        logits, boxes = outputs
        activate, background = ACTIVATIONS[option(self, manifest, "activation")]
        scores = of_labels(activate(logits), background, len(manifest.labels))
        name = LABELS[option(self, manifest, "labels")]
        images, queries, best, classes = name(scores, manifest.thresholds.emit)

        corners = in_pixels(from_centres(boxes[images, queries]), "normalised", projections[0].size)
        return ranked(Found(images, queries, corners, best, classes), manifest, projections)
