"""Figures of images that count several times, against those of images that are there several times."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.core.test_evaluation_precision import Thing, detections, digits, scenes, seven, truths
from umbra.core.evaluation_matched import MatchedObjects, matched_objects
from umbra.core.evaluation_objects import Bools
from umbra.core.evaluation_precision import ObjectFigures, object_figures
from umbra.core.evaluation_weighed import WeighedObjects
from umbra.core.resampling import Samples, Weights, difference_interval, drawn, interval, once
from umbra.core.verdict import verdict

Scene = tuple[list[list[Thing]], list[list[Thing]]]
LABELS = [*"0123456789abc"]


def matched(scene: Scene) -> MatchedObjects:
    there, said = scene
    return matched_objects([truths(image) for image in there], [detections(image) for image in said], LABELS)


def weighed(scene: Scene) -> WeighedObjects:
    return WeighedObjects.of(matched(scene))


def row(*counts: int) -> Weights:
    return np.array([counts], np.int32)


def assert_equal(samples: Samples, figures: ObjectFigures) -> None:
    for name in ("ap", "ap50", "ar"):
        assert samples.figures[name][0] == pytest.approx(
            _nan(getattr(figures, name)), abs=1e-9, nan_ok=True
        ), name
    there = {label.label: label.ap for label in figures.labels if label.ap is not None}
    assert {label: values[0] for label, values in samples.labels.items()} == pytest.approx(there, abs=1e-9)


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value


@settings(max_examples=200)
@given(scenes())
def test_images_that_count_once_have_the_exact_figures(scene: Scene) -> None:
    found = matched(scene)

    assert_equal(WeighedObjects.of(found).samples(once(len(scene[0]))), object_figures(found))


@settings(max_examples=200)
@given(scenes(), st.lists(st.booleans(), min_size=4, max_size=4))
def test_some_images_alone_have_their_exact_figures(scene: Scene, chosen: list[bool]) -> None:
    kept: Bools = np.array(chosen[: len(scene[0])], bool)
    some = tuple([image for image, keep in zip(side, kept, strict=True) if keep] for side in scene)

    alone = weighed(scene).only(kept).samples(once(int(kept.sum())))
    by_weight = weighed(scene).samples(kept.astype(np.int32)[None])

    expected = object_figures(matched((some[0], some[1])))
    assert_equal(alone, expected)
    assert by_weight.figures["ap"] == pytest.approx(alone.figures["ap"], abs=1e-12, nan_ok=True)
    assert by_weight.figures["ar"] == pytest.approx(alone.figures["ar"], abs=1e-12, nan_ok=True)


def test_an_image_that_counts_twice_is_as_if_it_were_there_twice() -> None:
    random = np.random.default_rng(2)
    there = [[seven(0), seven(90, label="3")] for _ in range(8)]
    said = [
        [seven(random.uniform(0, 12), random.random(), label=label) for label in "7733"] for _ in range(8)
    ]
    counts = [0, 1, 2, 3, 1, 0, 4, 1]

    found = weighed((there, said)).samples(row(*counts))

    again = tuple(
        [image for image, n in zip(side, counts, strict=True) for _ in range(n)] for side in (there, said)
    )
    assert_equal(found, object_figures(matched((again[0], again[1]))))


@pytest.mark.parametrize("slot", ["champion", "shadow"])
def test_the_digits_have_their_published_figures_with_intervals(slot: str) -> None:
    there, said = digits(slot)
    of = matched((there, said))

    samples = WeighedObjects.of(of).samples(drawn(200))

    assert_equal(samples, object_figures(of))
    for name in ("ap", "ap50", "ar"):
        low, high = interval(samples.figures[name]) or (0.0, 0.0)
        assert low < samples.figures[name][0] < high
        assert high - low < 0.08


def test_a_resample_has_the_figures_of_its_images() -> None:
    there, said = digits("champion")
    scene = ([*there[:40]], [*said[:40]])

    weights = drawn(40, 5)
    found = weighed(scene).samples(weights)
    for place in range(6):
        again = [[side[i] for i in range(40) for _ in range(int(weights[place, i]))] for side in scene]
        figures = object_figures(matched((again[0], again[1])))
        assert found.figures["ap"][place] == pytest.approx(figures.ap, abs=1e-9)
        assert found.figures["ar"][place] == pytest.approx(figures.ar, abs=1e-9)


def test_a_model_does_not_differ_from_itself() -> None:
    one, other = (weighed(digits("champion")).samples(drawn(200)) for _ in range(2))

    gap = one.minus(other).figures["ap"]

    assert (gap[0], difference_interval(gap)) == (0.0, (0.0, 0.0))
    assert verdict(200, difference_interval(gap)) == "no difference seen"


def test_the_better_digits_model_is_better_and_the_difference_narrower_than_two_figures() -> None:
    champion, shadow = (weighed(digits(slot)).samples(drawn(200)) for slot in ("champion", "shadow"))

    forth, back = shadow.minus(champion).figures["ap"], champion.minus(shadow).figures["ap"]

    low, high = difference_interval(forth) or (0.0, 0.0)
    assert forth[0] == pytest.approx(0.1802, abs=1e-4)
    assert 0.14 < low < forth[0] < high < 0.22
    assert (verdict(200, difference_interval(forth)), verdict(200, difference_interval(back))) == (
        "better",
        "worse",
    )


@pytest.mark.parametrize(
    ("images", "interval", "said"),
    [
        (0, None, "not enough reviews"),
        (29, (0.1, 0.2), "not enough reviews"),
        (30, None, "not enough reviews"),
        (30, (0.1, 0.2), "better"),
        (30, (-0.2, -0.1), "worse"),
        (30, (0.0, 0.2), "no difference seen"),
        (30, (-0.1, 0.0), "no difference seen"),
        (30, (-0.1, 0.2), "no difference seen"),
    ],
)
def test_the_verdict_is_where_the_interval_lies(
    images: int, interval: tuple[float, float] | None, said: str
) -> None:
    assert verdict(images, interval) == said
