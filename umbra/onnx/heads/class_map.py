"""Semantic segmentation with the argmax in the graph: whole numbers (N, h, w), (N, 1, h, w) or (N, h, w, 1).

PaddleSeg, PaddleX and MMSegmentation export it so. A pixel of the original has the class of the cell that its
centre lies in, and scores 1; one of a negative class has none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest, Task
from umbra.core.masks import ClassMap as Found
from umbra.onnx.heads import layout
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.pixel_classes import Classes, Probabilities, class_map
from umbra.onnx.heads.resampling import view
from umbra.onnx.heads.rows import BACKGROUND
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

ALTERNATIVES = (
    (Layout((IMAGES, "rows", "columns", 1), real=False),),
    (Layout((IMAGES, 1, "rows", "columns"), real=False),),
)


class ClassMap:
    """Edges are as coarse as the cells: the graph has already decided."""

    task: Task = "semantic-segmentation"
    roles = ("classes",)
    options: Mapping[str, tuple[str, ...]] = {"background": BACKGROUND}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        (output,) = outputs
        if layout.holds_real_numbers(output):
            return f"{output} holds real numbers, not classes"
        return layout.mismatch_with_all(outputs, ALTERNATIVES, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Found]:
        """As `Head`."""
        (output,) = outputs
        background = BACKGROUND.index(option(self, manifest, "background"))
        return [
            _read(one, manifest, projection, background)
            for one, projection in zip(plane(output), projections, strict=True)
        ]


def plane(output: NDArray[Any]) -> NDArray[Any]:
    """(N, h, w, 1) and (N, 1, h, w) to (N, h, w)."""
    if output.ndim == 3:
        return output
    return output[..., 0] if output.shape[-1] == 1 else output[:, 0]


def _read(classes: NDArray[Any], manifest: Manifest, projection: Projection, background: int) -> Found:
    seen = view(projection, (classes.shape[0], classes.shape[1]))
    # Clipped, so that no class of 64 bits becomes another one of 32.
    cells = classes.T.astype(np.int64).clip(-1, np.iinfo(np.int32).max).astype(np.int32) - background

    def judge(columns: range, rows: range) -> tuple[Classes, Probabilities]:
        there = cells[np.ix_(seen.across.nearest(columns), seen.down.nearest(rows))]
        return there, np.ones(there.shape, np.float32)

    return class_map(projection, seen, len(manifest.labels), 1, judge)
