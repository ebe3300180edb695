"""YOLOv8, v9, v11 and v12 detection as Ultralytics exports it, without NMS in the graph.

One output, (N, 4 + C, A): per anchor cx cy w h in pixels of the input, then C scores in [0, 1].
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest, Task, Thresholds
from umbra.core.detections import Detections
from umbra.core.errors import Refused
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.suppression import Boxes, suppress
from umbra.onnx.projection import Corners, Projection, to_originals
from umbra.onnx.signature import Tensor

BOX = 4


class Yolov8Detect:
    """An anchor has the label of its best score.

    Boxes are cut at the edges of the image, dropped when nothing is left of them, then suppressed.
    """

    task: Task = "detection"
    roles = ("output",)
    options: Mapping[str, tuple[str, ...]] = {}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        shape = outputs[0].shape
        if len(shape) != 3:
            return f"{outputs[0]} has {len(shape)} axes, not (images, 4 + labels, anchors)"
        if labels is not None and shape[1] not in (None, BOX + labels):
            return f"{outputs[0]} has {shape[1]} numbers an anchor, not 4 + {labels} labels"
        return None

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Detections]:
        """As `Head`."""
        output = _checked(outputs[0], len(manifest.labels))
        # The best score of every anchor first: an argmax over them all would cost ten times that.
        best = output[:, BOX:].max(axis=1)
        images, anchors = np.nonzero(best >= manifest.thresholds.emit)
        found = output[images, :, anchors]

        boxes = _boxes(to_originals(_corners(found[:, :BOX]), images, projections))
        scores = best[images, anchors].astype(np.float32, copy=False)
        classes = found[:, BOX:].argmax(axis=1)

        # What lies in the border of a letterbox has no area left in the image.
        inside = np.flatnonzero((boxes[:, 2:] > 0).all(axis=1))
        ends = np.searchsorted(images[inside], np.arange(len(output) + 1)).tolist()
        each = [inside[start:end] for start, end in pairwise(ends)]
        return [_best(boxes[one], scores[one], classes[one], manifest.thresholds) for one in each]


def _checked(output: NDArray[Any], labels: int) -> NDArray[Any]:
    if output.ndim != 3 or output.shape[1] != BOX + labels:
        raise Refused(
            f"The output has the shape {output.shape}; yolov8-detect with {labels} labels reads"
            f" (images, {BOX + labels}, anchors): check the manifest's labels and head."
        )
    return output


def _corners(centred: NDArray[Any]) -> Corners:
    """cx cy w h to x1 y1 x2 y2."""
    centre, size = centred[:, :2].astype(np.float64), centred[:, 2:].astype(np.float64)
    half = np.maximum(size, 0.0) / 2
    return np.concatenate((centre - half, centre + half), axis=1)


def _boxes(corners: Corners) -> Boxes:
    """x1 y1 x2 y2 to x y w h."""
    return np.concatenate((corners[:, :2], corners[:, 2:] - corners[:, :2]), axis=1)


def _best(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int64], thresholds: Thresholds
) -> Detections:
    kept = suppress(boxes, scores, classes, thresholds)
    return Detections(boxes[kept].astype(np.float32), scores[kept], classes[kept])
