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
        """(B, K) of (B, N) weights of the images."""
        step = max(1, _CELLS // max(1, len(self.image)))
        parts = []
        for at in range(0, len(weights), step):
            upto = before(np.take(weights[at : at + step], self.image, axis=1) * self.value)
            parts.append(upto[:, self.first[1:]] - upto[:, self.first[:-1]])
        return np.concatenate(parts)


def firsts(kinds: Ints, number: int) -> Ints:
    """(number + 1,): where each kind begins; `kinds` rise."""
    return np.searchsorted(kinds, np.arange(number + 1))


def before(values: NDArray[Any]) -> NDArray[Any]:
    """(…, columns + 1): the sum of all columns before each."""
    kind = np.dtype(np.int64) if values.dtype == bool else values.dtype
    found = np.zeros((*values.shape[:-1], values.shape[-1] + 1), kind)
    np.cumsum(values, axis=-1, out=found[..., 1:])
    return found
