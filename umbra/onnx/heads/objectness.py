"""Outputs with a row per anchor: a box, how likely it holds an object, and then how likely each label."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from umbra.onnx.heads.indices import indices_where
from umbra.onnx.heads.label_scores import Named
from umbra.onnx.heads.layout import IMAGES, Labels, Layout

BOX: Final = 4
LAYOUTS: Final = (Layout((IMAGES, "anchors", Labels((BOX + 1,)))),)


def named(output: NDArray[Any], emit: float) -> Named:
    """Anchors with the label of their best score, which is objectness x probability of the label.

    Args:
        output: (N, A, 5 + C): four numbers of a box, objectness, C probabilities; all in [0, 1].
    """
    # No score exceeds its objectness, and few anchors have much of that.
    images, anchors = indices_where(output[..., BOX] >= emit)
    likely = output[images, anchors, BOX:].astype(np.float32)
    classes = likely[:, 1:].argmax(axis=1)
    scores = likely[:, 0] * likely[np.arange(len(likely)), 1 + classes]

    enough = scores >= emit
    return images[enough], anchors[enough], scores[enough], classes[enough]
