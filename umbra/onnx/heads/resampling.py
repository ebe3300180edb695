"""Maps that a model gives, brought to the pixels of the original image.

Interpolation is linear between the centres of cells, as `torch.nn.functional.interpolate` has it with
`mode="bilinear", align_corners=False`. It goes piece by piece, so that no array of the original's size is
ever made. Arrays have x before y: COCO counts pixels column by column.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.core.runs import Runs, joined, runs_of
from umbra.onnx.projection import Projection

Values = NDArray[np.float32]
"""(C, columns, rows) float32."""

PIECE_BYTES = 1 << 20
"""Of what is computed at once; it should stay in the cache."""

FEW_CELLS = 16
"""Up to so many, a product of matrices is faster than picking the two neighbours of each pixel."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the pixels of an original lie in one axis of a map: `cell = pixel * step + start`, by centres.

    Attributes:
        first, last: the cells that count; a pixel beyond them is as the nearest.
    """

    step: float
    start: float
    first: int
    last: int

    def places(self, pixels: range) -> NDArray[np.float64]:
        """Of each pixel its place between `first` and `last`."""
        places = np.arange(pixels.start, pixels.stop) * self.step + self.start
        return np.clip(places, self.first, self.last)

    def nearest(self, pixels: range) -> NDArray[np.intp]:
        """Of each pixel the cell that its centre lies in."""
        return np.floor(self.places(pixels) + 0.5).astype(np.intp).clip(self.first, self.last)


@dataclass(frozen=True, slots=True)
class View:
    """A map over the model's input, seen from the original.

    Attributes:
        across, down: its cells along x and along y.
        columns, rows: of the original that the model has seen: all of them, unless it was cropped.
    """

    across: Cells
    down: Cells
    columns: range
    rows: range


def view(projection: Projection, cells: tuple[int, int]) -> View:
    """How a map is to be read for an image. The border of a letterbox does not mix in.

    Args:
        cells: rows, columns of the map, which covers the whole input.
    """
    (scale_x, scale_y), (height, width) = projection.scale, projection.original
    size = projection.size
    return View(
        _cells(scale_x, projection.left, projection.resized[1], size[1], cells[1]),
        _cells(scale_y, projection.top, projection.resized[0], size[0], cells[0]),
        _seen(scale_x, projection.left, size[1], width),
        _seen(scale_y, projection.top, size[0], height),
    )


def pieces(pixels: range, most: int) -> Iterator[range]:
    """A range in parts of `most` pixels, the last of which may have fewer; of one at least."""
    step = max(1, most)
    for start in range(pixels.start, pixels.stop, step):
        yield range(start, min(start + step, pixels.stop))


def interpolated(values: Values, across: Cells, columns: range, down: Cells, rows: range) -> Values:
    """Some pixels of the original.

    Args:
        values: (C, columns, rows) of the map.

    Returns:
        (C, len(columns), len(rows)).
    """
    x, y = across.places(columns), down.places(rows)
    part = values[:, floor(x[0]) : ceil(x[-1]) + 1, floor(y[0]) : ceil(y[-1]) + 1]
    tall = _between(part, y - floor(y[0]), axis=2)
    return _between(tall, x - floor(x[0]), axis=1)


def exceeding(
    level: float,
    values: NDArray[np.float32],
    cells: tuple[Cells, Cells],
    part: tuple[range, range],
    height: int,
) -> Runs:
    """Where in a part of an original a map exceeds a level.

    Args:
        values: (columns, rows) of the map.
        cells: across and down.
        part: columns and rows, within the original.
        height: of the original.
    """
    (across, down), (columns, rows) = cells, part
    if not (columns and rows):
        return joined([])
    found: list[Runs] = []
    for some in pieces(columns, PIECE_BYTES // (values.itemsize * len(rows))):
        (there,) = interpolated(values[None], across, some, down, rows)
        found.append(runs_of(there > level, some.start, rows.start, height))
    return joined(found)


def x_first(maps: NDArray[Any]) -> Values:
    """(…, rows, columns) of any real type to (…, columns, rows)."""
    return np.ascontiguousarray(np.swapaxes(maps, -1, -2), np.float32)


def _between(values: Values, places: NDArray[np.float64], axis: int) -> Values:
    """Values at places along an axis; places ascend from the first cell on."""
    cells = values.shape[axis]
    low = np.floor(places).astype(np.intp)
    high = np.minimum(low + 1, cells - 1)
    weights = (places - low).astype(np.float32)
    if cells > FEW_CELLS:
        return _blended(
            values.take(low, axis), values.take(high, axis), weights if axis == 2 else weights[:, None]
        )

    matrix = np.zeros((len(places), cells), np.float32)
    pixels = np.arange(len(places))
    matrix[pixels, low] = 1 - weights
    matrix[pixels, high] += weights
    found: Values = values @ matrix.T if axis == 2 else matrix @ values
    return found


def _blended(low: Values, high: Values, weights: NDArray[np.float32]) -> Values:
    """Both are used up."""
    high -= low
    high *= weights
    low += high
    return low


def _cells(scale: float, offset: int, resized: int, size: int, cells: int) -> Cells:
    per_input = cells / size
    first, last = ceil(offset * per_input - 0.5), floor((offset + resized) * per_input - 0.5)
    if first > last:
        # The whole image lies within one cell.
        first = last = floor((offset + resized / 2) * per_input)
    within = (0, cells - 1)
    return Cells(
        scale * per_input,
        (0.5 * scale + offset) * per_input - 0.5,
        int(np.clip(first, *within)),
        int(np.clip(last, *within)),
    )


def _seen(scale: float, offset: int, size: int, length: int) -> range:
    """The pixels whose centre lies in the input."""
    first, end = ceil(-offset / scale - 0.5), ceil((size - offset) / scale - 0.5)
    return range(max(0, first), max(0, first, min(end, length)))
