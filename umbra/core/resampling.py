"""How far a figure could be off by the choice of images: bootstrap over blocks of neighbouring ones.

Images that land one after the other are often frames of one scene, so they are drawn in blocks and not
singly (Künsch, 1989); the blocks go round from the last image to the first, so that each image is drawn as
often as any other (Politis and Romano, 1992). What is drawn depends on the number of images alone: equal
images have equal figures, and two models on the same images are held against each other draw by draw.
"""

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.core.evaluation_objects import Floats

Weights = NDArray[np.int32]
"""(1 + B, N): how often each of N images counts. The first row counts each once, the others are drawn."""

LEAST_IMAGES = 10
"""Fewer have no interval: drawn again and again they say nothing but themselves."""
_MOST_RESAMPLES, _LEAST_RESAMPLES = 400, 100
_MOST_FEW, _LEAST_FEW = 100, 30
_DRAWN = 500_000
"""Images drawn in all: 250 times 2,000. Of more images the figure moves less, so fewer resamples do."""
_FEW_DRAWN = 20_000
_SEED = 1989
_NORMAL = NormalDist()
_REACH = _NORMAL.inv_cdf(0.975)

Interval = tuple[float, float]
"""Low and high."""


def block_length(images: int) -> int:
    """How many neighbours are drawn together: the cube root of their number, rounded up (Hall, Horowitz and
    Jing, 1995, for the rate)."""
    return max(1, math.ceil(round(math.cbrt(images), 9)))


def resamples(images: int) -> int:
    """How often so many images are drawn anew."""
    return min(_MOST_RESAMPLES, max(_LEAST_RESAMPLES, _DRAWN // max(1, images)))


def once(images: int) -> Weights:
    """(1, N): every image once, nothing drawn."""
    return np.ones((1, images), np.int32)


def few(images: int) -> int:
    """The same where only the width of the interval is wanted, at many points of time."""
    return min(_MOST_FEW, max(_LEAST_FEW, _FEW_DRAWN // max(1, images)))


def drawn(images: int, times: int | None = None, block: int | None = None) -> Weights:
    """Every image once, then `times` resamples of as many images, in the order in which they landed.

    Args:
        times: None: `resamples`; fewer than LEAST_IMAGES images are not drawn.
        block: None: `block_length`.
    """
    times = resamples(images) if times is None else times
    if images < LEAST_IMAGES:
        return once(images)
    length = min(images, block or block_length(images))
    begins = np.random.default_rng(_SEED).integers(0, images, (times, -(-images // length), 1))
    places = ((begins + np.arange(length)) % images).reshape(times, -1)[:, :images]
    cells = places + images * np.arange(times)[:, None]
    counts = np.bincount(cells.ravel(), minlength=times * images).reshape(times, images)
    return np.vstack((once(images), counts.astype(np.int32)))


@dataclass(frozen=True, slots=True)
class Samples:
    """Figures of one model by `Weights`: first the figure itself, then of each resample; nan is none.

    Attributes:
        images: how many they are of.
        figures: name → (1 + B,).
        labels: label → (1 + B,), the figure that labels are held against each other by.
    """

    images: int
    figures: dict[str, Floats]
    labels: dict[str, Floats] = field(default_factory=dict)

    def minus(self, other: "Samples") -> "Samples":
        """The difference of two models on the same images, of what both have."""
        return Samples(
            self.images, _differences(self.figures, other.figures), _differences(self.labels, other.labels)
        )


def _differences(mine: dict[str, Floats], others: dict[str, Floats]) -> dict[str, Floats]:
    return {name: values - others[name] for name, values in mine.items() if name in others}


def mean(table: Floats) -> Floats:
    """(B,) of (B, columns): the mean of what is known of each row; nan where nothing is."""
    known = ~np.isnan(table)
    return ratio(np.where(known, table, 0.0).sum(axis=1), known.sum(axis=1))


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """part / whole; nan of 0/0."""
    found: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)
    return found


def figure(sampled: Floats) -> float | None:
    """The figure itself; None where nothing defines it."""
    return None if np.isnan(sampled[0]) else float(sampled[0])


def interval(sampled: Floats) -> Interval | None:
    """The 95 % interval of a figure: percentiles of the resamples, moved by twice as much as the figure is
    off their middle (bias-corrected, Efron, 1981). AP needs that: drawn again it comes out too high.

    Args:
        sampled: (1 + B,) as of Samples; None without a figure or without resamples.
    """
    value, values = _parted(sampled)
    if value is None or not len(values):
        return None
    below = (np.sum(values < value) + np.sum(values == value) / 2) / len(values)
    # Without one on either side: half a resample.
    least = 1 / (2 * len(values))
    off = _NORMAL.inv_cdf(min(max(float(below), least), 1 - least))
    return _between(value, values, 2 * off)


def difference_interval(sampled: Floats) -> Interval | None:
    """The 95 % interval of a difference of two models: percentiles; what is too high in both is gone."""
    value, values = _parted(sampled)
    return None if value is None or not len(values) else _between(value, values, 0.0)


def band(sampled: Floats) -> Interval | None:
    """About the same from few resamples: their standard deviation on both sides; of figures from 0 to 1."""
    value, values = _parted(sampled)
    if value is None or not len(values):
        return None
    reach = _REACH * float(np.std(values))
    return max(0.0, value - reach), min(1.0, value + reach)


def _parted(sampled: Floats) -> tuple[float | None, Floats]:
    """The figure, and the resamples that have it."""
    return figure(sampled), sampled[1:][~np.isnan(sampled[1:])]


def _between(value: float, values: Floats, moved: float) -> Interval:
    """The percentiles at `moved` - 1.96 and + 1.96 of a normal distribution, and never without the figure."""
    levels = [_NORMAL.cdf(moved - _REACH), _NORMAL.cdf(moved + _REACH)]
    low, high = np.quantile(values, levels)
    return min(value, float(low)), max(value, float(high))
