"""End-to-end instance segmentation: YOLO26 as Ultralytics exports it, and its others with `nms=True`.

Two outputs: (N, K, 6 + M): x1 y1 x2 y2, score, class and M coefficients, where rows of score 0 fill up; and M
prototypes (N, M, h, w), which make masks as in `yolov8_segment`.
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.masks import InstanceMasks
from umbra.onnx.heads import layout
from umbra.onnx.heads.boxes import COORDINATES, from_corners, in_pixels
from umbra.onnx.heads.found import kept
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Axis, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.prototypes import PROTOTYPES, masks_of_prototypes
from umbra.onnx.heads.rows import of_rows
from umbra.onnx.heads.suppression import best
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

ROW = 6


class End2EndSegment:
    """The graph suppresses, or need not."""

    task: Task = "instance-segmentation"
    roles = ("output", "prototypes")
    options: Mapping[str, tuple[str, ...]] = {"coordinates": COORDINATES}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        prototypes = outputs[1].shape
        numbers: Axis = "numbers"
        if len(prototypes) == 4 and prototypes[1] is not None:
            numbers = ROW + prototypes[1]
        return layout.mismatch(outputs, (Layout((IMAGES, "objects", numbers)), PROTOTYPES), labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[InstanceMasks]:
        """As `Head`."""
        output, prototypes = outputs
        corners = from_corners(output[..., :4])
        found = of_rows(
            in_pixels(corners, option(self, manifest, "coordinates"), projections[0].size),
            output[..., 4],
            output[..., 5],
            manifest,
        )
        each = kept(found, manifest, projections, best)
        coefficients = [output[image, found.rows[one.places], ROW:] for image, one in enumerate(each)]
        return masks_of_prototypes(each, coefficients, prototypes, projections)
