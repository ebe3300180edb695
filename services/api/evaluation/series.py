"""Figures over time: at each step those of the images that landed in a while before its end."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from services.api.evaluation.figures import MAIN, Evaluated, Ground
from services.api.evaluation.kept import Kept
from umbra.contracts.http.evaluation import EvaluationSeries, Line, Value
from umbra.core.resampling import LEAST_IMAGES, band, drawn, few, figure
from umbra.core.trail import Trail

_MOST_POINTS = 1000
"""Of 24 steps each; a point's key holds a few references for each of its images."""
Values = tuple[Value, ...]
"""At one step, in the order of MAIN."""


class _Point(NamedTuple):
    """What the values at a step are of: equal when no value can have changed."""

    model_version: str
    images: tuple[object, ...]


class Series:
    """Values of steps whose images are as they were are not worked out again."""

    def __init__(self) -> None:
        self._points: Kept[_Point, Values] = Kept(_MOST_POINTS)

    def of(self, evaluated: Evaluated, trail: Trail, ground: Ground) -> EvaluationSeries:
        """One ModelVersion at each step."""
        ranges = trail.of(evaluated.side.images)
        points = [self._values(evaluated, first, last, ground) for first, last in ranges]
        return EvaluationSeries(
            step_s=trail.step_s,
            span_s=trail.span_s,
            t=trail.begins,
            n=[last - first for first, last in ranges],
            **{
                name: _line([values[place] for values in points])
                for place, name in enumerate(MAIN[ground.task])
            },
        )

    def _values(self, evaluated: Evaluated, first: int, last: int, ground: Ground) -> Values:
        if last - first < LEAST_IMAGES:
            return (Value(None), Value(None))
        point = _point(evaluated, first, last, ground)
        known = self._points.get(point)
        if known is None:
            known = _worked_out(evaluated, first, last, MAIN[ground.task])
            self._points.put(point, known)
        return known


def _point(evaluated: Evaluated, first: int, last: int, ground: Ground) -> _Point:
    side = evaluated.side
    images = side.images[first:last]
    return _Point(
        side.model_version, tuple((key, ground.truths[key].review, side.judged.get(key)) for key in images)
    )


def _worked_out(evaluated: Evaluated, first: int, last: int, names: Sequence[str]) -> Values:
    places = np.arange(evaluated.weighed.images)
    some = evaluated.weighed.only((places >= first) & (places < last))
    figures = some.samples(drawn(some.images, few(some.images))).figures
    return tuple(Value(figure(figures[name]), *(band(figures[name]) or ())) for name in names)


def _line(values: Sequence[Value]) -> Line:
    return Line([of.value for of in values], [of.low for of in values], [of.high for of in values])
