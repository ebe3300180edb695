"""Where one label is: a probability, or its logit, for each pixel: (N, 1, h, w), (N, h, w, 1) or (N, h, w).

Any h and w: what is given covers the input. Brought to the original's pixels, those that reach the operating
threshold are the mask.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from umbra.contracts.manifest import Manifest, Task
from umbra.core.masks import ClassMap
from umbra.onnx.heads import layout
from umbra.onnx.heads.activation import ACTIVATIONS, Probabilities
from umbra.onnx.heads.class_map import plane
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.pixel_classes import NONE, Classes, class_map
from umbra.onnx.heads.probabilities import refuse_improbable
from umbra.onnx.heads.resampling import Values, interpolated, view, x_first
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

ALTERNATIVES = (
    (Layout((IMAGES, 1, "rows", "columns")),),
    (Layout((IMAGES, "rows", "columns", 1)),),
)


class ProbabilityMap:
    """The first choice takes probabilities: of a logit it says so, where a sigmoid hides the mistake."""

    task: Task = "semantic-segmentation"
    roles = ("scores",)
    options: Mapping[str, tuple[str, ...]] = {"activation": ("none", "sigmoid")}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        (output,) = outputs
        if labels not in (None, 1):
            return f"{output} would say where one label is, and there are {labels}"
        return layout.mismatch_with_all(outputs, ALTERNATIVES, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[ClassMap]:
        """As `Head`."""
        (output,) = outputs
        activation = option(self, manifest, "activation")
        if activation == "none":
            refuse_improbable(output)
        return [
            _read(x_first(one[None]), manifest, projection, activation)
            for one, projection in zip(plane(output), projections, strict=True)
        ]


def _read(values: Values, manifest: Manifest, projection: Projection, activation: str) -> ClassMap:
    _, columns, rows = values.shape
    seen = view(projection, (rows, columns))
    activate = ACTIVATIONS[activation]

    def judge(columns: range, rows: range) -> tuple[Classes, Probabilities]:
        (there,) = activate(interpolated(values, seen.across, columns, seen.down, rows))
        return np.where(there >= manifest.thresholds.operate, np.int32(0), np.int32(NONE)), there

    return class_map(projection, seen, len(manifest.labels), 1, judge)
