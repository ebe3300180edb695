"""Semantic segmentation with a number for each label and pixel: (N, C, h, w), or (N, h, w, C).

Any h and w: what is given covers the input. It is brought to the original's pixels first, and then a pixel
has the label of its best number; the other way round, edges would be as coarse as the cells.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest, Task
from umbra.core.errors import Refused
from umbra.core.masks import ClassMap
from umbra.onnx.heads import layout
from umbra.onnx.heads.activation import Probabilities, sigmoid
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Labels, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.pixel_classes import Classes, class_map
from umbra.onnx.heads.probabilities import refuse_improbable
from umbra.onnx.heads.resampling import Values, interpolated, view, x_first
from umbra.onnx.heads.rows import BACKGROUND
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

CHANNELS = Labels((0, 1))
ALTERNATIVES = (
    (Layout((IMAGES, CHANNELS, "rows", "columns")),),
    (Layout((IMAGES, "rows", "columns", CHANNELS)),),
)


def _softmax_of_best(logits: Values, best: Probabilities) -> Probabilities:
    """The softmax of the greatest logit; `logits` are used up."""
    logits -= best
    np.exp(logits, out=logits)
    total: Probabilities = logits.sum(axis=0)
    return np.reciprocal(total)


BEST: Final[Mapping[str, Callable[[Values, Probabilities], Probabilities]]] = {
    "softmax": _softmax_of_best,
    "none": lambda _, best: best,
    "sigmoid": lambda _, best: sigmoid(best),
}


class SemanticSegmentation:
    """Of equal numbers the first counts."""

    task: Task = "semantic-segmentation"
    roles = ("scores",)
    options: Mapping[str, tuple[str, ...]] = {"activation": tuple(BEST), "background": BACKGROUND}

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        if (why := layout.mismatch_with_all(outputs, ALTERNATIVES, labels)) is not None:
            return why
        (output,) = outputs
        if len(output.shape) == 4 and 1 in (output.shape[1], output.shape[3]) and labels in (None, 1):
            return f"{output} has one channel, which is not one for each label"
        return None

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[ClassMap]:
        """As `Head`."""
        (output,) = outputs
        background = BACKGROUND.index(option(self, manifest, "background"))
        maps = _channels_first(output, len(manifest.labels) + background)
        activation = option(self, manifest, "activation")
        if activation == "none":
            refuse_improbable(maps)
        return [
            _read(x_first(one), manifest, projection, activation, background)
            for one, projection in zip(maps, projections, strict=True)
        ]


def _read(
    values: Values, manifest: Manifest, projection: Projection, activation: str, background: int
) -> ClassMap:
    channels, columns, rows = values.shape
    seen = view(projection, (rows, columns))

    def judge(columns: range, rows: range) -> tuple[Classes, Probabilities]:
        there = interpolated(values, seen.across, columns, seen.down, rows)
        best = there.max(axis=0)
        return _first(there == best) - background, BEST[activation](there, best)

    return class_map(projection, seen, len(manifest.labels), channels, judge)


def _first(best: NDArray[np.bool_]) -> Classes:
    """The first channel that is set; each pixel has one."""
    # argmax along the first axis takes six times as long.
    ranks = np.arange(len(best), 0, -1).astype(np.uint16)[:, None, None]
    first: Classes = len(best) - (best * ranks).max(axis=0).astype(np.int32)
    return first


def _channels_first(output: Values, channels: int) -> Values:
    """(N, C, h, w), whichever of the two it is.

    Raises:
        Refused: neither has as many channels.
    """
    if output.shape[1] == channels:
        return output
    if output.shape[3] == channels:
        return output.transpose(0, 3, 1, 2)
    raise Refused(
        f"The scores have the shape {output.shape}, and there are {channels} labels, the background counted:"
        " correct the manifest's labels, or the head's option background."
    )
