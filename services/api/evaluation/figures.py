"""Each ModelVersion's figures, with their intervals."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

from services.api.evaluation.reading import Reviewed
from umbra.contracts.evaluated import MaskedTruths, Said, nothing_said
from umbra.contracts.http.evaluation import (
    Calibration,
    EvaluationSeries,
    LabelConfusion,
    LabelEvaluation,
    RandomEvaluation,
    Value,
    VersionEvaluation,
)
from umbra.contracts.manifest import Task
from umbra.core.evaluation_counts import WeighedLabels, WeighedPixels
from umbra.core.evaluation_labels import Classified, classification_figures
from umbra.core.evaluation_matched import matched_objects
from umbra.core.evaluation_objects import Floats, ImageDetections, ImageTruths, label_order, ordered
from umbra.core.evaluation_pixels import PixelCounts, pixel_figures
from umbra.core.evaluation_precision import Counted, LabelPrecision, object_figures
from umbra.core.evaluation_selection import Side
from umbra.core.evaluation_weighed import WeighedObjects
from umbra.core.judgement import LandingKey
from umbra.core.resampling import Samples, drawn, figure, interval
from umbra.postgres.evaluation import ShapesKey

T = TypeVar("T")
Figures = dict[str, Any]
"""The fields of VersionEvaluation that a task has."""
Weighed: TypeAlias = WeighedObjects | WeighedLabels | WeighedPixels
"""One model on many images, any of which may count several times or not at all."""

MAIN: dict[Task, tuple[str, str]] = {
    "detection": ("ap", "ar"),
    "instance-segmentation": ("ap", "ar"),
    "classification": ("accuracy", "macro_f1"),
    "semantic-segmentation": ("miou", "pixel_accuracy"),
}
"""What is shown over time and of the random sample."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What all ModelVersions are held against.

    Attributes:
        random: the landings that are a random sample.
        curves: whether labels show their precision-recall curves.
    """

    task: Task
    labels: tuple[str, ...]
    truths: Mapping[LandingKey, Reviewed]
    said: Mapping[ShapesKey, Said]
    random: Collection[LandingKey] = ()
    curves: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One ModelVersion on all its images.

    Attributes:
        figures: the fields of its task.
        samples: those that have intervals, on all images.
    """

    side: Side
    figures: Figures
    weighed: Weighed
    samples: Samples

    @classmethod
    def of(cls, side: Side, ground: Ground) -> "Evaluated":
        figures, weighed = _figures(side, ground)
        samples = weighed.samples(drawn(weighed.images))
        for name, sampled in samples.figures.items():
            figures[name] = Value(figures[name].value, *(interval(sampled) or ()))
        return cls(side, figures, weighed, samples)

    def on(self, images: Collection[LandingKey]) -> Samples:
        """The same on some of its images."""
        among = np.array([key in images for key in self.side.images], bool)
        if among.all():
            return self.samples
        return self.weighed.only(among).samples(drawn(int(among.sum())))

    def shown(self, slots: Sequence[str], ground: Ground, series: EvaluationSeries) -> VersionEvaluation:
        """As the API shows it."""
        judged = [self.side.judged.get(key) for key in self.side.images]
        return VersionEvaluation(
            model_version=self.side.model_version,
            slots=list(slots),
            images=len(self.side.images),
            missing=sum(of is None for of in judged),
            failed=sum(of is not None and of.failed for of in judged),
            random_only=self._random_only(ground),
            series=series,
            **self.figures,
        )

    def _random_only(self, ground: Ground) -> RandomEvaluation:
        samples = self.on(ground.random)
        values = {name: value_of(samples.figures[name]) for name in MAIN[ground.task]}
        return RandomEvaluation(n=samples.images, **values)


def value_of(sampled: Floats) -> Value:
    """A figure of one model with its interval."""
    return Value(figure(sampled), *(interval(sampled) or ()))


def _figures(side: Side, ground: Ground) -> tuple[Figures, Weighed]:
    there = [ground.truths[key].truth for key in side.images]
    said = [_said(side, key, ground) for key in side.images]
    match ground.task:
        case "detection" | "instance-segmentation":
            truths = [of.truths if isinstance(of, MaskedTruths) else _as(ImageTruths, of) for of in there]
            return _object_figures(truths, [_as(ImageDetections, of) for of in said], ground)
        case "semantic-segmentation":
            return _pixel_figures([_as(PixelCounts, of) for of in said], ground)
        case "classification":
            return _classification_figures(
                [
                    Classified(_as(frozenset, truth), cast(dict[str, float], of))
                    for truth, of in zip(there, said, strict=True)
                ],
                ground,
            )


def _said(side: Side, key: LandingKey, ground: Ground) -> Said:
    of = side.judged.get(key)
    said = None if of is None else ground.said.get(ShapesKey(key, of.slot))
    if said is not None:
        return said
    on = ground.truths[key]
    return nothing_said(ground.task, on.truth, on.size)


def _as(kind: type[T], value: object) -> T:
    assert isinstance(value, kind)
    return value


def _object_figures(
    truths: Sequence[ImageTruths], said: Sequence[ImageDetections], ground: Ground
) -> tuple[Figures, Weighed]:
    matched = matched_objects(truths, said, label_order(ground.labels, [*truths, *said]))
    found = object_figures(matched)
    names = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar1", "ar10", "ar")
    figures = {
        **{name: Value(getattr(found, name)) for name in names},
        **_counted(found.counted),
        "curve": found.curve,
        "labels": [_label_precision(label, ground.curves) for label in found.labels],
    }
    return figures, WeighedObjects.of(matched)


def _label_precision(label: LabelPrecision, curves: bool) -> LabelEvaluation:
    return LabelEvaluation(
        label.label,
        label.counted.truths,
        ap=label.ap,
        ap50=label.ap50,
        ap75=label.ap75,
        ar=label.ar,
        **_counted(label.counted),
        curve=label.curve if curves else None,
    )


def _counted(counted: Counted) -> Figures:
    return {"precision": counted.precision, "recall": counted.recall, "f1": counted.f1}


def _order(ground: Ground, images: Iterable[PixelCounts | Classified]) -> list[str]:
    return ordered(ground.labels, (label for image in images for label in (*image.truth, *image.said)))


def _pixel_figures(images: Sequence[PixelCounts], ground: Ground) -> tuple[Figures, Weighed]:
    order = _order(ground, images)
    found = pixel_figures(images, order)
    figures = {
        "miou": Value(found.miou),
        "pixel_accuracy": Value(found.pixel_accuracy),
        "labels": [LabelEvaluation(label.label, label.truth, iou=label.iou) for label in found.labels],
    }
    return figures, WeighedPixels.of(images, order)


def _classification_figures(images: Sequence[Classified], ground: Ground) -> tuple[Figures, Weighed]:
    order = _order(ground, images)
    found = classification_figures(images, order)
    figures = {
        "accuracy": Value(found.accuracy),
        "macro_f1": Value(found.macro_f1),
        "ece": Value(found.ece),
        "labels": [
            LabelEvaluation(c.label, c.truths, precision=c.precision, recall=c.recall, f1=c.f1)
            for c in found.labels
        ],
        "confusion": None if found.confusion is None else LabelConfusion(order, found.confusion),
        "calibration": [
            Calibration(bin.low, bin.high, bin.count, bin.score, bin.accuracy) for bin in found.calibration
        ],
    }
    return figures, WeighedLabels.of(images, order)
