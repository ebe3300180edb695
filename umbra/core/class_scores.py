"""What a classifier makes of one image, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClassScores:
    """The labels of one image, best score first.

    Attributes:
        scores: (K,) float32 in [0, 1].
        classes: (K,) int64, indices into the manifest's labels, each once.
        exclusive: an image has exactly one label, and the others are what it may be instead; else it has any
            number of them.
    """

    scores: NDArray[np.float32]
    classes: NDArray[np.int64]
    exclusive: bool

    def __len__(self) -> int:
        return len(self.scores)
