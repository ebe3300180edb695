"""Accuracy, F1 and IoU of images that count several times or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from umbra.core.evaluation_labels import Classified
from umbra.core.evaluation_objects import Bools, Floats, Ints
from umbra.core.evaluation_pixels import PixelCounts
from umbra.core.evaluation_sums import Entries
from umbra.core.resampling import Samples, Weights, mean, ratio


@dataclass(frozen=True, slots=True)
class WeighedLabels:
    """Classifications.

    Attributes:
        labels: K.
        right: (N,) bool, images whose labels are exactly those that are there.
        truth, said, both: images that have a label, that were given it, both.
    """

    labels: Sequence[str]
    right: Bools
    truth: Entries
    said: Entries
    both: Entries

    @classmethod
    def of(cls, images: Sequence[Classified], labels: Sequence[str]) -> "WeighedLabels":
        def entries(kinds: Sequence[Sequence[str]]) -> Entries:
            return Entries.counted(([(label, 1) for label in image] for image in kinds), labels)

        return cls(
            labels,
            np.array([image.truth == image.said.keys() for image in images], bool),
            entries([sorted(image.truth) for image in images]),
            entries([sorted(image.said) for image in images]),
            entries([sorted(image.truth & image.said.keys()) for image in images]),
        )

    @property
    def images(self) -> int:
        return len(self.right)

    def only(self, images: Bools) -> "WeighedLabels":
        """The same on some images: (N,) bool."""
        entries = (of.only(images) for of in (self.truth, self.said, self.both))
        return WeighedLabels(self.labels, self.right[images], *entries)

    def samples(self, weights: Weights) -> Samples:
        """`accuracy`, `macro_f1`, and the F1 of each label; weights are (B, N)."""
        truth, said, both = (of.sums(weights) for of in (self.truth, self.said, self.both))
        f1 = ratio(2 * both, truth + said)
        figures = {
            "accuracy": ratio(weights[:, self.right].sum(1), weights.sum(1)),
            "macro_f1": mean(np.where(truth > 0, f1, np.nan)),
        }
        return Samples(self.images, figures, _by_label(self.labels, f1))


@dataclass(frozen=True, slots=True)
class WeighedPixels:
    """Semantic segmentation.

    Attributes:
        labels: K.
        right, total: (N,) int64, pixels at which both say the same, and all.
        shared, truth, said: pixels of each label.
    """

    labels: Sequence[str]
    right: Ints
    total: Ints
    shared: Entries
    truth: Entries
    said: Entries

    @classmethod
    def of(cls, images: Sequence[PixelCounts], labels: Sequence[str]) -> "WeighedPixels":
        return cls(
            labels,
            np.array([image.right for image in images], np.int64),
            np.array([image.total for image in images], np.int64),
            Entries.counted((image.shared.items() for image in images), labels),
            Entries.counted((image.truth.items() for image in images), labels),
            Entries.counted((image.said.items() for image in images), labels),
        )

    @property
    def images(self) -> int:
        return len(self.right)

    def only(self, images: Bools) -> "WeighedPixels":
        """The same on some images: (N,) bool."""
        entries = (of.only(images) for of in (self.shared, self.truth, self.said))
        return WeighedPixels(self.labels, self.right[images], self.total[images], *entries)

    def samples(self, weights: Weights) -> Samples:
        """`miou`, `pixel_accuracy`, and the IoU of each label; weights are (B, N)."""
        shared, truth, said = (of.sums(weights) for of in (self.shared, self.truth, self.said))
        iou = ratio(shared, truth + said - shared)
        figures = {"miou": mean(iou), "pixel_accuracy": ratio(weights @ self.right, weights @ self.total)}
        return Samples(self.images, figures, _by_label(self.labels, iou))


def _by_label(labels: Sequence[str], table: NDArray[Any]) -> dict[str, Floats]:
    """Those that come up."""
    return {label: values for label, values in zip(labels, table.T, strict=True) if not np.isnan(values[0])}
