"""YOLOv8, v9, v11 and v12 instance segmentation as Ultralytics exports it, without NMS in the graph.

Two outputs: (N, 4 + C + M, A), per anchor what detection has and M coefficients; and M prototypes
(N, M, h, w), of which they make masks.
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.masks import InstanceMasks
from umbra.onnx.heads import layout
from umbra.onnx.heads.found import kept
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Axis, Labels, Layout
from umbra.onnx.heads.prototypes import PROTOTYPES, masks_of_prototypes
from umbra.onnx.heads.suppression import suppress
from umbra.onnx.heads.yolov8_detect import BOX, found_among
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor


class Yolov8Segment:
    """An anchor has the label of its best score."""

    task: Task = "instance-segmentation"
    roles = ("output", "prototypes")
    options: Mapping[str, tuple[str, ...]] = {}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        prototypes = outputs[1].shape
        numbers: Axis = "numbers"
        if len(prototypes) == 4 and prototypes[1] is not None:
            numbers = Labels((BOX + prototypes[1],))
        return layout.mismatch(outputs, (Layout((IMAGES, numbers, "anchors")), PROTOTYPES), labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[InstanceMasks]:
        """As `Head`."""
        output, prototypes = outputs
        found = found_among(output, manifest)
        each = kept(found, manifest, projections, suppress)
        behind = BOX + len(manifest.labels)
        coefficients = [output[image][behind:, found.rows[one.places]].T for image, one in enumerate(each)]
        return masks_of_prototypes(each, coefficients, prototypes, projections)
