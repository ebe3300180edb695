import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.evaluation_counts import WeighedLabels
from umbra.core.evaluation_labels import Classified
from umbra.core.evaluation_objects import Bools, Floats
from umbra.core.resampling import (
    band,
    block_length,
    difference_interval,
    drawn,
    figure,
    interval,
    mean,
    once,
    resamples,
)


def rights(right: Bools) -> WeighedLabels:
    """Classifications of one label, right or not."""
    return WeighedLabels.of(
        [Classified(frozenset("a"), {"a" if hit else "b": 0.9}) for hit in right], ["a", "b"]
    )


def accuracy(right: Bools, block: int | None = None) -> Floats:
    return rights(right).samples(drawn(len(right), 200, block)).figures["accuracy"]


def test_of_nothing_there_is_nothing() -> None:
    sampled = rights(np.zeros(0, bool)).samples(drawn(0)).figures["accuracy"]

    assert (figure(sampled), interval(sampled), difference_interval(sampled), band(sampled)) == (None,) * 4


def test_fewer_than_ten_images_have_no_interval() -> None:
    nine, ten = accuracy(np.arange(9) < 5), accuracy(np.arange(10) < 5)

    assert (figure(nine), interval(nine)) == (5 / 9, None)
    assert interval(ten) is not None


@pytest.mark.parametrize(
    ("images", "block"), [(0, 1), (1, 1), (8, 2), (9, 3), (27, 3), (1000, 10), (10_000, 22)]
)
def test_a_block_is_the_cube_root_long(images: int, block: int) -> None:
    assert block_length(images) == block


@pytest.mark.parametrize(
    ("images", "times"), [(0, 400), (1_250, 400), (2_000, 250), (10_000, 100), (10**6, 100)]
)
def test_more_images_are_drawn_less_often(images: int, times: int) -> None:
    assert resamples(images) == times


@given(st.integers(10, 200), st.integers(1, 250))
def test_each_resample_has_as_many_images_in_whole_blocks(images: int, block: int) -> None:
    weights = drawn(images, 20, block)

    assert weights.shape == (21, images)
    assert (weights[0] == 1).all()
    assert (weights.sum(1) == images).all()
    assert (drawn(images, 20, block) == weights).all()
    rises = (np.diff(weights, axis=1, prepend=weights[:, -1:]) > 0).sum(1)
    assert (rises <= -(-images // block)).all(), "no more beginnings than blocks"


def test_an_image_is_drawn_as_often_as_any_other() -> None:
    weights = drawn(50, 20_000, 7)[1:]

    assert weights.mean(0) == pytest.approx(np.ones(50), abs=0.05)


def test_the_interval_holds_the_figure() -> None:
    random = np.random.default_rng(3)
    for share in (0.02, 0.5, 0.98):
        sampled = accuracy(random.random(400) < share)
        found = interval(sampled)
        assert found is not None
        assert found[0] < sampled[0] < found[1]
        assert 0 <= found[0] <= found[1] <= 1


def test_what_is_always_right_has_no_spread() -> None:
    assert interval(accuracy(np.ones(50, bool))) == (1.0, 1.0)
    assert band(accuracy(np.ones(50, bool))) == (1.0, 1.0)


def test_a_figure_that_most_resamples_exceed_has_an_interval_further_down() -> None:
    values = np.linspace(0, 1, 1001)

    low, high = interval(np.concatenate(([0.4], values))) or (0, 0)
    plain = difference_interval(np.concatenate(([0.4], values))) or (0, 0)

    assert plain == pytest.approx((0.025, 0.975))
    assert (low, high) == pytest.approx((0.0068, 0.927), abs=0.002)


def test_a_figure_outside_all_resamples_is_still_within_its_interval() -> None:
    low, high = difference_interval(np.array([2.0, 0.0, 1.0])) or (0, 0)

    assert (low, high) == pytest.approx((0.025, 2.0))
    assert interval(np.array([np.nan, 0.0, 1.0])) is None
    assert interval(np.array([0.5, np.nan, np.nan])) is None


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    random = np.random.default_rng(11)
    held = sum(_holds(random.random(200) < 0.7, 0.7) for _ in range(300))

    assert 0.91 <= held / 300 <= 0.98


def _holds(right: Bools, truth: float) -> bool:
    low, high = interval(accuracy(right)) or (0.0, 0.0)
    return low <= truth <= high


def test_frames_of_one_scene_widen_the_interval() -> None:
    random = np.random.default_rng(5)
    scenes = np.repeat(random.random(100) < 0.6, 10)

    def width(right: Bools, block: int | None) -> float:
        low, high = interval(accuracy(right, block)) or (0.0, 0.0)
        return high - low

    assert width(scenes, None) > 1.8 * width(scenes, 1)
    alone = random.permutation(scenes)
    assert width(alone, None) == pytest.approx(width(alone, 1), rel=0.35)


def test_a_mean_is_of_what_is_known() -> None:
    found = mean(np.array([[1.0, 3.0, np.nan], [np.nan, np.nan, np.nan]]))

    assert found[0] == 2.0
    assert np.isnan(found[1])
    assert once(3).tolist() == [[1, 1, 1]]
