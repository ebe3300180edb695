"""How a shadow's figures differ from the champion's, and what that says."""

from services.api.evaluation.figures import Evaluated
from umbra.contracts.http.evaluation import Decisive, Difference, LabelDifference, Value
from umbra.contracts.manifest import Task
from umbra.core.evaluation_objects import Floats
from umbra.core.resampling import Samples, difference_interval, figure
from umbra.core.verdict import verdict

_DECISIVE: dict[Task, Decisive] = {
    "detection": "ap",
    "instance-segmentation": "ap",
    "classification": "accuracy",
    "semantic-segmentation": "miou",
}
_BY_LABEL: dict[Task, str] = {
    "detection": "ap",
    "instance-segmentation": "ap",
    "classification": "f1",
    "semantic-segmentation": "iou",
}


def difference(champion: Evaluated, shadow: Evaluated, slot: str, task: Task) -> Difference:
    """Shadow - champion on the images that both are evaluated on, resample by resample the same ones."""
    common = set(champion.side.images).intersection(shadow.side.images)
    gaps = shadow.on(common).minus(champion.on(common))
    decisive = _DECISIVE[task]
    return Difference(
        champion=champion.side.model_version,
        shadow=shadow.side.model_version,
        slot=slot,
        images=gaps.images,
        labels=_labels(gaps, _BY_LABEL[task]),
        verdict=verdict(gaps.images, difference_interval(gaps.figures[decisive])),
        verdict_by=decisive,
        **{name: _value(sampled) for name, sampled in gaps.figures.items()},
    )


def _labels(gaps: Samples, name: str) -> list[LabelDifference]:
    return [LabelDifference(label, **{name: _value(sampled)}) for label, sampled in gaps.labels.items()]


def _value(sampled: Floats) -> Value:
    return Value(figure(sampled), *(difference_interval(sampled) or ()))
