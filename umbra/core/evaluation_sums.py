"""Sums over images that count several times or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.core.evaluation_objects import Bools, Ints
from umbra.core.resampling import Weights

_CELLS = 2_000_000
"""Entries by weightings at a time: 16 MB, whatever the number of images."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What images have of each label: E counts.

    Attributes:
        image, value: (E,) int64, by label.
        first: (K + 1,) int64, where each of K labels begins.
    """

    image: Ints
    value: Ints
    first: Ints

    @classmethod
    def of(cls, image: Ints, label: Ints, value: Ints, labels: int) -> "Entries":
        order = np.argsort(label, kind="stable")
        return cls(image[order], value[order], firsts(label[order], labels))

    @classmethod
    def counted(cls, images: Iterable[Iterable[tuple[str, int]]], labels: Sequence[str]) -> "Entries":
        """Of each image its labels and their counts."""
        place = {label: number for number, label in enumerate(labels)}
        rows = [(at, place[label], value) for at, image in enumerate(images) for label, value in image]
        image, label, value = np.array(rows, np.int64).reshape(-1, 3).T
        return cls.of(image, label, value, len(labels))

    def only(self, images: Bools) -> "Entries":
        """The same of some images: (N,) bool."""
        kept = images[self.image]
        return Entries((np.cumsum(images) - 1)[self.image[kept]], self.value[kept], before(kept)[self.first])

    def sums(self, weights: Weights) -> NDArray[np.int64]:
        """(K, B) of (N, B) weights of the images."""
        step = max(1, _CELLS // max(1, len(self.image)))
        parts = [
            sums(weights[self.image, at : at + step] * self.value[:, None], self.first)
            for at in range(0, weights.shape[1], step)
        ]
        return np.concatenate(parts, axis=1)


def firsts(kinds: Ints, number: int) -> Ints:
    """(number + 1,): where each kind begins; `kinds` rise."""
    return np.searchsorted(kinds, np.arange(number + 1))


def before(values: NDArray[Any]) -> NDArray[Any]:
    """(rows + 1, …): the sum of all rows before each."""
    kind = np.dtype(np.int64) if values.dtype == bool else values.dtype
    found = np.zeros((len(values) + 1, *values.shape[1:]), kind)
    np.cumsum(values, axis=0, out=found[1:])
    return found


def sums(values: NDArray[Any], first: Ints) -> NDArray[Any]:
    """(kinds, B): the sum of the rows of each kind."""
    upto = before(values)
    found: NDArray[Any] = upto[first[1:]] - upto[first[:-1]]
    return found
