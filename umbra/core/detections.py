"""What a detection head makes of one image, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Detections:
    """The objects found in one image, best score first.

    Attributes:
        boxes: (N, 4) float32, x y w h in pixels of the original image.
        scores: (N,) float32 in [0, 1].
        classes: (N,) int64, indices into the manifest's labels.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)
