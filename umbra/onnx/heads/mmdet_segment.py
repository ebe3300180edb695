"""Instance segmentation of MMDetection as MMDeploy exports it, with NMS in the graph.

`dets` and `labels` as in detection, and `masks`: probabilities (N, K, 28, 28), each over its box, or (N, K,
height, width), which the graph has pasted into the input (`export_postprocess_mask=True`).
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.masks import InstanceMasks
from umbra.onnx.heads import layout, mmdet_detect
from umbra.onnx.heads.box_masks import ACTIVATION, masks_of_boxes
from umbra.onnx.heads.boxes import from_corners
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.rows import of_rows
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

LAYOUTS = (*mmdet_detect.LAYOUTS, Layout((IMAGES, "objects", "rows", "columns")))


class MmdetSegment:
    """The graph suppresses."""

    task: Task = "instance-segmentation"
    roles = ("dets", "labels", "masks")
    options: Mapping[str, tuple[str, ...]] = {"activation": ACTIVATION}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[InstanceMasks]:
        """As `Head`."""
        dets, classes, masks = outputs
        found = of_rows(from_corners(dets[..., :4]), dets[..., 4], classes, manifest)
        return masks_of_boxes(found, masks, option(self, manifest, "activation"), manifest, projections)
