"""Scores with one column per label: the labels that objects get by them."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from umbra.core.errors import Refused
from umbra.onnx.heads.indices import indices_where

Scores = NDArray[Any]
"""(N, Q, C): of each image's boxes (or queries) for each label."""

Named = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32], NDArray[np.int64]]
"""(F,) each: image, ascending; box; score; class."""

BACKGROUND: Final = ("first", "last", "none")
"""Choices of an option: which column stands for no object."""


def of_labels(scores: Scores, background: str, labels: int) -> Scores:
    """The columns of the labels.

    Args:
        scores: (N, Q, C).
        background: one of `BACKGROUND`.

    Raises:
        Refused: those are not as many as there are labels.
    """
    without = {"first": scores[..., 1:], "last": scores[..., :-1], "none": scores}[background]
    if without.shape[-1] != labels:
        raise Refused(
            f"The scores have {scores.shape[-1]} columns; with background {background} that makes"
            f" {without.shape[-1]} labels, and the manifest has {labels}: correct its labels, or the head's"
            " options."
        )
    return without


def best_labels(scores: Scores, emit: float) -> Named:
    """A box has the label of its best score; of equal ones the first."""
    best = scores.max(axis=2)
    images, boxes = indices_where(best >= emit)
    classes = scores[images, boxes].argmax(axis=1)
    return images, boxes, best[images, boxes].astype(np.float32), classes


def all_labels(scores: Scores, emit: float) -> Named:
    """A box is an object once for every label that it scores for."""
    return _those(scores >= emit, scores)


def best_pairs(scores: Scores, emit: float) -> Named:
    """Of each image the best pairs of box and label: as many as there are boxes, or a few more that tie."""
    enough = scores >= emit
    boxes = scores.shape[1]
    if enough.sum(axis=(1, 2)).max(initial=0) > boxes:
        last = np.partition(scores.reshape(len(scores), -1), -boxes, axis=1)[:, -boxes]
        enough &= scores >= last[:, None, None]
    return _those(enough, scores)


def _those(enough: NDArray[np.bool_], scores: Scores) -> Named:
    images, boxes, classes = indices_where(enough)
    return images, boxes, scores[images, boxes, classes].astype(np.float32), classes
