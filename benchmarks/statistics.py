"""Medians with intervals that assume nothing of the distribution."""

from collections.abc import Sequence
from math import comb, inf
from statistics import median
from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A median, and what it may be.

    Attributes:
        low, high: the true median lies between them with the probability `confidence`.
    """

    median: float
    low: float
    high: float
    confidence: float


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` (0 to 100) of the values do not exceed, interpolated.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("There is no percentile of nothing.")
    return float(np.percentile(values, percent))


def estimate(values: Sequence[float], confidence: float = 0.9) -> Estimate:
    """The median, between two of the values themselves (order statistics).

    The interval is the narrowest symmetric one that is sure enough; when there are too few values for
    that, it is the whole range, with the confidence that one has: 94 % of five values, 75 % of three.

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    sure = [k for k in range((len(ordered) + 1) // 2) if _coverage(len(ordered), k) >= confidence]
    k = max(sure, default=0)
    return Estimate(median(ordered), ordered[k], ordered[len(ordered) - 1 - k], _coverage(len(ordered), k))


def ratio(measured: Sequence[float], baseline: Sequence[float]) -> Estimate:
    """Of what was measured to the baseline measured beside it, pair by pair; to nothing it is infinite.

    Raises:
        ValueError: there is nothing, or not a baseline for each.
    """
    pairs = zip(measured, baseline, strict=True)
    return estimate([one / other if other else inf for one, other in pairs])


def difference(measured: Sequence[float], baseline: Sequence[float]) -> Estimate:
    """What was measured less the baseline measured beside it, pair by pair.

    Raises:
        ValueError: there is nothing, or not a baseline for each.
    """
    return estimate([one - other for one, other in zip(measured, baseline, strict=True)])


def _coverage(count: int, k: int) -> float:
    """How probably the median lies between the values number k and count - 1 - k, from 0, ascending.

    It does not when at most k of the values are on one side of it: a fair coin, thrown `count` times.
    """
    return 1 - 2 * sum(comb(count, i) for i in range(k + 1)) / float(2**count)
