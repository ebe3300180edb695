"""Mask R-CNN as torchvision exports it: boxes, labels and scores as its detectors have them, and masks.

Masks are probabilities: (N, K, 1, 28, 28), each over its box, or (N, K, 1, height, width), which the graph
has pasted into the input. torchvision, which judges images one by one, leaves out the first axis; so does
Detectron2. A mask over its box is brought to the pixels of the original at once, where nothing is beyond the
box; a pixel belongs to the object when its probability exceeds 0.5.
"""

from collections.abc import Mapping, Sequence

from umbra.contracts.manifest import Manifest, Task
from umbra.core.masks import InstanceMasks
from umbra.onnx.heads import layout
from umbra.onnx.heads.box_masks import ACTIVATION, masks_of_boxes
from umbra.onnx.heads.boxes import COORDINATES, from_corners, in_pixels
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.rows import BACKGROUND, of_rows
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

LAYOUTS = (
    Layout((IMAGES, "objects", 4)),
    Layout((IMAGES, "objects"), real=False),
    Layout((IMAGES, "objects")),
    Layout((IMAGES, "objects", 1, "rows", "columns")),
)


class MaskRcnn:
    """The graph suppresses."""

    task: Task = "instance-segmentation"
    roles = ("boxes", "labels", "scores", "masks")
    ranks = tuple(len(output.axes) for output in LAYOUTS)
    options: Mapping[str, tuple[str, ...]] = {
        "coordinates": COORDINATES,
        "background": BACKGROUND,
        "activation": ACTIVATION,
    }

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch(outputs, LAYOUTS, labels, one_image=True)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[InstanceMasks]:
        """As `Head`."""
        boxes, classes, scores, masks = outputs
        found = of_rows(
            in_pixels(from_corners(boxes), option(self, manifest, "coordinates"), projections[0].size),
            scores,
            classes,
            manifest,
            background=option(self, manifest, "background"),
        )
        return masks_of_boxes(
            found, masks[:, :, 0], option(self, manifest, "activation"), manifest, projections
        )
