"""Each ModelVersion's figures, and how a shadow's differ from the champion's."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from services.api.evaluation.reading import Reviewed
from umbra.contracts.evaluated import MaskedTruths, Said, nothing_said
from umbra.contracts.http.evaluation import (
    Calibration,
    Difference,
    LabelConfusion,
    LabelEvaluation,
    Value,
    VersionEvaluation,
)
from umbra.contracts.manifest import Task
from umbra.core.evaluation_labels import Classified, classification_figures
from umbra.core.evaluation_objects import ImageDetections, ImageTruths, label_order, ordered
from umbra.core.evaluation_pixels import PixelCounts, pixel_figures
from umbra.core.evaluation_precision import Counted, LabelPrecision, object_figures
from umbra.core.evaluation_selection import Side
from umbra.core.judgement import LandingKey
from umbra.postgres.evaluation import ShapesKey

T = TypeVar("T")
Figures = dict[str, Any]
"""The fields of VersionEvaluation that a task has."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What all ModelVersions are held against.

    Attributes:
        curves: whether labels show their precision-recall curves.
    """

    task: Task
    labels: tuple[str, ...]
    truths: Mapping[LandingKey, Reviewed]
    said: Mapping[ShapesKey, Said]
    curves: bool = False


def version_evaluation(side: Side, slots: Sequence[str], ground: Ground) -> VersionEvaluation:
    """One ModelVersion on its images."""
    judged = [side.judged.get(key) for key in side.images]
    return VersionEvaluation(
        model_version=side.model_version,
        slots=list(slots),
        images=len(side.images),
        missing=sum(of is None for of in judged),
        failed=sum(of is not None and of.failed for of in judged),
        **_figures(side, ground),
    )


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One ModelVersion on all its images."""

    side: Side
    evaluation: VersionEvaluation

    def on(self, images: Collection[LandingKey], ground: Ground) -> VersionEvaluation:
        """The same on some of its images."""
        if len(images) == len(self.side.images):
            return self.evaluation
        return version_evaluation(self.side.only(images), (), ground)


def difference(champion: Evaluated, shadow: Evaluated, slot: str, ground: Ground) -> Difference:
    """Shadow - champion on the images that both are evaluated on."""
    common = set(champion.side.images).intersection(shadow.side.images)
    of = [version.on(common, ground) for version in (champion, shadow)]
    names = ("ap", "ar", "accuracy", "macro_f1", "miou")
    gaps: Figures = {name: _gap(*(getattr(version, name) for version in of)) for name in names}
    return Difference(
        champion=champion.side.model_version,
        shadow=shadow.side.model_version,
        slot=slot,
        images=len(common),
        **gaps,
    )


def _gap(champion: Value | None, shadow: Value | None) -> Value | None:
    if champion is None or shadow is None:
        return None
    if champion.value is None or shadow.value is None:
        return Value(None)
    return Value(shadow.value - champion.value)


def _figures(side: Side, ground: Ground) -> Figures:
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
) -> Figures:
    found = object_figures(truths, said, label_order(ground.labels, [*truths, *said]))
    names = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar1", "ar10", "ar")
    return {
        **{name: Value(getattr(found, name)) for name in names},
        **_counted(found.counted),
        "curve": found.curve,
        "labels": [_label_precision(label, ground.curves) for label in found.labels],
    }


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


def _pixel_figures(images: Sequence[PixelCounts], ground: Ground) -> Figures:
    order = _order(ground, images)
    found = pixel_figures(images, order)
    return {
        "miou": Value(found.miou),
        "pixel_accuracy": Value(found.pixel_accuracy),
        "labels": [LabelEvaluation(label.label, label.truth, iou=label.iou) for label in found.labels],
    }


def _classification_figures(images: Sequence[Classified], ground: Ground) -> Figures:
    order = _order(ground, images)
    found = classification_figures(images, order)
    return {
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
