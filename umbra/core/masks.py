"""What a segmentation head makes of one image, as runs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from umbra.core.runs import Runs


@dataclass(frozen=True, slots=True)
class InstanceMasks:
    """The objects found in one image, best score first; their masks may overlap.

    Attributes:
        size: height, width of the original image, which the masks have.
        masks: N, none of them empty.
        scores: (N,) float32 in [0, 1].
        classes: (N,) int64, indices into the manifest's labels.
    """

    size: tuple[int, int]
    masks: tuple[Runs, ...]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.masks)


@dataclass(frozen=True, slots=True)
class ClassMap:
    """What the pixels of one image show: each one class, or none.

    Attributes:
        size: height, width of the original image.
        masks: one per class that is there, none of them empty, no pixel in two.
        scores: (N,) float32 in [0, 1], the mean probability of the class over its pixels, best first.
        classes: (N,) int64, indices into the manifest's labels, each once.
    """

    size: tuple[int, int]
    masks: tuple[Runs, ...]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.masks)
