"""Logits to probabilities."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[Any]
Probabilities = NDArray[np.float32]


def sigmoid(logits: Logits) -> Probabilities:
    """Of each number by itself."""
    # exp(-x) would overflow; tanh does not, and is as exact.
    halves = logits.astype(np.float32) * np.float32(0.5)
    np.tanh(halves, out=halves)
    return halves * np.float32(0.5) + np.float32(0.5)


def softmax(logits: Logits) -> Probabilities:
    """Along the last axis, where they sum to 1."""
    values = logits.astype(np.float32)
    values -= values.max(axis=-1, keepdims=True)
    np.exp(values, out=values)
    values /= values.sum(axis=-1, keepdims=True)
    return values


def as_they_are(probabilities: Logits) -> Probabilities:
    """For graphs that end with their activation."""
    return probabilities.astype(np.float32, copy=False)


ACTIVATIONS: Final[Mapping[str, Callable[[Logits], Probabilities]]] = {
    "none": as_they_are,
    "softmax": softmax,
    "sigmoid": sigmoid,
}
"""Choices of an option."""
