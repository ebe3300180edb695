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
        tensor: (rows or more, …) in the model's layout and dtype; None: the only row's, which is made when
            its image is there and its size known.
        projections: by row, of those that hold an image.
    """

    def __init__(self, tensor: NDArray[Any] | None, preprocess: Preprocess, rows: int) -> None:
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
        if self.tensor is None:
            self.tensor, self.projections[row] = self._preprocess.tensor_of(image)
        else:
            self.projections[row] = self._preprocess.fill(self.tensor[row], image)

    def filled(self) -> list[int]:
        """The rows that hold an image, ascending."""
        return sorted(self.projections)

    def images(self, rows: list[int]) -> NDArray[Any]:
        """Some rows, ascending: a view when they follow each other, as they do unless an image was unfit."""
        assert self.tensor is not None, "A row that holds an image has a tensor."
        first, last = rows[0], rows[-1]
        if last - first + 1 == len(rows):
            return self.tensor[first : last + 1]
        return self.tensor[rows]


class Tensors:
    """Lends the tensors of one model. Thread-safe.

    A fresh tensor costs page faults, 20 % of a small model's time, so they come back. Each is mapped at its
    greatest size, but only rows that are written take memory. Of an open size each image has its own.

    Attributes:
        rows: the most images in a batch.
    """

    def __init__(self, rows: int, preprocess: Preprocess) -> None:
        # In its own size an image can take `preprocess.LARGEST_OWN_PIXELS`: never are many in memory at once.
        self.rows = rows if preprocess.row_shape else 1
        self._preprocess = preprocess
        self._spare: deque[NDArray[Any]] = deque(maxlen=_SPARE)

    def lend(self, rows: int) -> Batch:
        """Raises:
        ValueError: more rows than a tensor has.
        """
        if not 0 < rows <= self.rows:
            raise ValueError(f"A batch of this model has 1 to {self.rows} rows, not {rows}.")
        return Batch(self._tensor(), self._preprocess, rows)

    def take_back(self, batch: Batch) -> None:
        """The batch must not be used any more. One that never comes back is only freed."""
        if batch.tensor is not None and self._preprocess.row_shape is not None:
            self._spare.append(batch.tensor)

    def _tensor(self) -> NDArray[Any] | None:
        row_shape = self._preprocess.row_shape
        if row_shape is None:
            return None
        try:
            return self._spare.pop()
        except IndexError:
            return np.empty((self.rows, *row_shape), self._preprocess.dtype)
