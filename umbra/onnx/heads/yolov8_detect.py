"""YOLOv8, v9, v11 and v12 detection as Ultralytics exports it, without NMS in the graph.

One output, (N, 4 + C, A): per anchor cx cy w h in pixels of the input, then C scores in [0, 1].
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest, Task
from umbra.core.detections import Detections
from umbra.onnx.heads import layout
from umbra.onnx.heads.boxes import from_centres
from umbra.onnx.heads.found import Found, suppressed
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.indices import indices_where
from umbra.onnx.heads.layout import IMAGES, Labels, Layout
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

BOX = 4
LAYOUTS = (Layout((IMAGES, Labels((BOX,)), "anchors")),)


class Yolov8Detect:
    """An anchor has the label of its best score."""

    task: Task = "detection"
    roles = ("output",)
    options: Mapping[str, tuple[str, ...]] = {}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        (output,) = outputs
        return suppressed(found_among(output, manifest), manifest, projections)


def found_among(output: NDArray[Any], manifest: Manifest) -> Found:
    """The anchors that reach `emit`, each with the label of its best score.

    Args:
        output: (N, 4 + C, A), or more numbers behind them.
    """
    scores = slice(BOX, BOX + len(manifest.labels))
    # The best score of every anchor first: an argmax over them all would cost ten times that.
    best = output[:, scores].max(axis=1).astype(np.float32, copy=False)
    images, anchors = indices_where(best >= manifest.thresholds.emit)
    found = output[images, :, anchors]
    corners, classes = from_centres(found[:, :BOX]), found[:, scores].argmax(axis=1)
    return Found(images, anchors, corners, best[images, anchors], classes)
