"""Pixels that each have one class: strip by strip to one mask per class."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from umbra.core.errors import Refused
from umbra.core.masks import ClassMap
from umbra.core.runs import area, class_starts, runs_by_class
from umbra.onnx.heads.resampling import PIECE_BYTES, View, pieces
from umbra.onnx.projection import Projection

NONE: Final = -1
"""The class of pixels that have none, as those that a crop has lost."""

Classes = NDArray[np.int32]
Probabilities = NDArray[np.float32]

Judge = Callable[[range, range], tuple[Classes, Probabilities]]
"""Columns and rows of the original to the class of each pixel, or a negative number, and its probability.
Both are (columns, rows)."""

_COLUMNS = 64
"""At once."""


def class_map(projection: Projection, seen: View, labels: int, channels: int, judge: Judge) -> ClassMap:
    """What an image shows, from what its pieces show.

    Args:
        labels: how many there are.
        channels: numbers of a pixel that `judge` computes with.

    Raises:
        Refused: a class has no label.
    """
    height, width = projection.original
    sums = np.zeros(labels)
    parts = [_unseen(range(seen.columns.start), height)]
    for columns in pieces(seen.columns, _COLUMNS):
        whole = np.full((len(columns), height), NONE, np.int32)
        for rows in pieces(seen.rows, PIECE_BYTES // (4 * channels * len(columns))):
            classes, probabilities = judge(columns, rows)
            sums += _sums(classes, probabilities, labels)
            whole[:, rows.start : rows.stop] = classes
        parts.append(class_starts(whole, columns.start))
    parts.append(_unseen(range(seen.columns.stop, width), height))

    starts, there = map(np.concatenate, zip(*parts, strict=True))
    return _best_first(starts, there, sums, projection.original)


def _unseen(columns: range, height: int) -> tuple[NDArray[np.int64], Classes]:
    some = 1 if columns else 0
    return np.full(some, columns.start * height), np.full(some, NONE, np.int32)


def _sums(classes: Classes, probabilities: Probabilities, labels: int) -> NDArray[np.float64]:
    """Of the probabilities, by class."""
    greatest = int(classes.max(initial=NONE))
    if greatest >= labels:
        raise Refused(
            f"Class {greatest} was found, and the manifest has {labels} labels, for the classes from 0: give"
            " a label for every class the model knows, or correct the head's option background."
        )
    there = classes >= 0
    return np.bincount(classes[there], probabilities[there], labels).astype(np.float64, copy=False)


def _best_first(
    starts: NDArray[np.int64], classes: Classes, sums: NDArray[np.float64], size: tuple[int, int]
) -> ClassMap:
    by_class = runs_by_class(starts, classes, size[0] * size[1])
    by_class.pop(NONE, None)
    there = np.fromiter(by_class, np.int64, len(by_class))
    pixels = np.fromiter(map(area, by_class.values()), np.int64, len(by_class))
    scores = np.minimum(sums[there] / pixels, 1).astype(np.float32)

    order = np.argsort(-scores, kind="stable")
    return ClassMap(
        size, tuple(by_class[number] for number in there[order].tolist()), scores[order], there[order]
    )
