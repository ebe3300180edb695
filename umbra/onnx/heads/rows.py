"""Outputs of graphs that suppress by themselves: a row per object, filled up with rows that say nothing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest
from umbra.onnx.heads.found import Found
from umbra.onnx.heads.indices import indices_where
from umbra.onnx.projection import Corners

BACKGROUND = ("none", "first")
"""Choices of an option: whether class 0 is the first label, or the background, which has none."""


def of_rows(
    corners: Corners,
    scores: NDArray[Any],
    classes: NDArray[Any],
    manifest: Manifest,
    *,
    background: str = "none",
    counts: NDArray[Any] | None = None,
) -> Found:
    """The rows that hold an object: not those of a negative class, with which exporters fill up.

    Args:
        corners: (N, K, 4), x1 y1 x2 y2 in pixels of the model's input.
        scores: (N, K).
        classes: (N, K), whole numbers of any type.
        background: one of `BACKGROUND`.
        counts: (N,) or (N, 1), how many rows of each image count; None: all.
    """
    classes = classes.astype(np.int64) - BACKGROUND.index(background)
    scores = scores.astype(np.float32, copy=False)
    there = (scores >= manifest.thresholds.emit) & (classes >= 0)
    if counts is not None:
        there &= np.arange(scores.shape[1]) < counts.reshape(-1, 1)

    images, rows = indices_where(there)
    return Found(images, rows, corners[images, rows], scores[images, rows], classes[images, rows])
