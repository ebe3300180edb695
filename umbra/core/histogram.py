"""Counts on fixed edges: they add up exactly in any order, and percentiles come out of them."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

Edges = NDArray[np.int64]
"""(N + 1,) growing integers; bucket i holds edges[i] <= value < edges[i + 1]."""
Counts = tuple[int, ...]


def _log_spaced(decades: int) -> list[int]:
    # 12 a decade: a bucket is 21 % wide, an interpolated percentile a few per cent off at most.
    return [round(10 * 10 ** (step / 12)) for step in range(12 * decades + 1)]


SCORE_EDGES: Final[Edges] = np.arange(0, 1_050_000, 50_000, dtype=np.int64)
"""20 equal buckets of score, in millionths."""
LATENCY_EDGES_US: Final[Edges] = np.array([0, *_log_spaced(10)], dtype=np.int64)
"""10 µs to 28 h, since queue time may be a whole backlog's."""
DELTA_EDGES_US: Final[Edges] = np.array(
    [-edge for edge in reversed(_log_spaced(7))] + _log_spaced(7), dtype=np.int64
)
"""-100 s to 100 s, symmetric about a bucket of -10 µs to 10 µs."""


def count(edges: Edges, values: Sequence[int]) -> Counts:
    """How many of `values` fall into each bucket; a value outside counts in the outermost bucket."""
    buckets = len(edges) - 1
    places = np.searchsorted(edges, np.asarray(values, dtype=np.int64), side="right") - 1
    return tuple(np.bincount(places.clip(0, buckets - 1), minlength=buckets).tolist())


def add(a: Counts, b: Counts) -> Counts:
    """The counts of both."""
    return tuple(x + y for x, y in zip(a, b, strict=True))


def percentile(edges: Edges, counts: Sequence[int], fraction: float) -> float | None:
    """The value below which `fraction` (0 to 1) of the counted values lie, interpolated in its bucket.

    In the unit of the edges; None when nothing was counted.
    """
    total = sum(counts)
    if not total:
        return None
    rank = fraction * total
    for bucket, reached in enumerate(accumulate(counts)):
        if reached >= rank and counts[bucket]:
            inside = (rank - (reached - counts[bucket])) / counts[bucket]
            low, high = int(edges[bucket]), int(edges[bucket + 1])
            return low + (high - low) * max(inside, 0.0)
    raise AssertionError("the last counted bucket reaches every rank")
