"""The images of one inference, row by row, in a tensor that is used again and again."""

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.onnx.decode import Pixels
from umbra.onnx.preprocess import Preprocess
from umbra.onnx.projection import Projection

_SPARE = 4
"""Tensors kept for the next batches: as many as batches are ever in flight."""


class Batch:
    """Rows for images. Any thread may fill, each its own rows; a row may stay empty (its image was unfit).

    Attributes:
        tensor: (rows or more, …) in the model's layout and dtype.
        projections: by row, of those that hold an image.
    """

    def __init__(self, tensor: NDArray[Any], preprocess: Preprocess, rows: int) -> None:
        self.tensor = tensor
        self.projections: dict[int, Projection] = {}
        self._preprocess = preprocess
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def fill(self, row: int, image: Pixels) -> None:
        """Put an image into a row.

        Raises:
            ImageError: the image does not fit the model; the row stays empty.
        """
        self.projections[row] = self._preprocess.fill(self.tensor[row], image)

    def filled(self) -> list[int]:
        """The rows that hold an image, ascending."""
        return sorted(self.projections)

    def images(self, rows: list[int]) -> NDArray[Any]:
        """Some rows, ascending: a view when they follow each other, as they do unless an image was unfit."""
        first, last = rows[0], rows[-1]
        if last - first + 1 == len(rows):
            return self.tensor[first : last + 1]
        return self.tensor[rows]


class Tensors:
    """Lends the tensors of one model. Thread-safe.

    A fresh tensor costs page faults, 20 % of a small model's time, so they come back. Each is mapped at its
    greatest size, but only rows that are written take memory.

    Attributes:
        rows: the most images in a batch.
    """

    def __init__(self, rows: int, preprocess: Preprocess) -> None:
        self.rows = rows
        self._preprocess = preprocess
        self._spare: deque[NDArray[Any]] = deque(maxlen=_SPARE)

    def lend(self, rows: int) -> Batch:
        """Raises:
        ValueError: more rows than a tensor has.
        """
        if not 0 < rows <= self.rows:
            raise ValueError(f"A batch of this model has 1 to {self.rows} rows, not {rows}.")
        try:
            tensor = self._spare.pop()
        except IndexError:
            tensor = np.empty((self.rows, *self._preprocess.row_shape), self._preprocess.dtype)
        return Batch(tensor, self._preprocess, rows)

    def take_back(self, batch: Batch) -> None:
        """The batch must not be used any more. One that never comes back is only freed."""
        self._spare.append(batch.tensor)
