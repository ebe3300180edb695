"""Numbers that are said to be probabilities."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from umbra.core.errors import Refused

SLACK: Final = 0.001
"""Half precision may round a probability beyond 0 or 1; a logit is further off."""


def refuse_improbable(values: NDArray[Any]) -> None:
    """Raises:
    Refused: one lies beyond 0 and 1.
    """
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    if low < -SLACK or high > 1 + SLACK:
        worst = low if low < -SLACK else high
        raise Refused(
            f"A probability of {worst:g} was found; they go from 0 to 1: correct the head's option"
            " activation, or export the model with its last activation."
        )


def clipped(values: NDArray[Any]) -> NDArray[np.float32]:
    """To 0 and 1."""
    within: NDArray[np.float32] = np.clip(values, 0, 1).astype(np.float32, copy=False)
    return within
