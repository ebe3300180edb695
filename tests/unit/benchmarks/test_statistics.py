import math
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.statistics import difference, estimate, percentile, ratio

VALUES = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=40)


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="no median"):
        estimate([])


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([7.0], 99, 7.0), ([1.0, 2.0], 50, 1.5), ([5.0, 1.0, 3.0], 0, 1.0), (list(range(101)), 99, 99.0)],
)
def test_percentiles(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "low", "high", "confidence"),
    [
        # The chance that the median is outside is that of all tosses of a coin falling on one side.
        ([4.0], 4.0, 4.0, 0.0),
        ([3.0, 1.0, 2.0], 1.0, 3.0, 0.75),
        ([5.0, 1.0, 4.0, 2.0, 3.0], 1.0, 5.0, 1 - 2 / 2**5),
        # From eight values on the extremes can be left out: 1 + 8 of 256 tosses on either side.
        ([float(n) for n in range(8)], 1.0, 6.0, 1 - 2 * 9 / 2**8),
    ],
)
def test_the_interval_is_the_narrowest_pair_of_values_that_is_sure_enough(
    values: list[float], low: float, high: float, confidence: float
) -> None:
    found = estimate(values)

    assert (found.low, found.high) == (low, high)
    assert found.confidence == pytest.approx(confidence)


@given(VALUES)
def test_the_median_is_within_its_interval(values: list[float]) -> None:
    found = estimate(values)

    assert found.low <= found.median <= found.high
    assert found.median == pytest.approx(median(values))


@given(VALUES, st.randoms())
def test_the_order_of_the_values_does_not_matter(values: list[float], random: Random) -> None:
    shuffled = random.sample(values, len(values))

    assert estimate(shuffled) == estimate(values)


@given(VALUES)
def test_an_interval_contains_fewer_values_when_less_is_asked_of_it(values: list[float]) -> None:
    sure, unsure = estimate(values, 0.99), estimate(values, 0.5)

    assert sure.low <= unsure.low
    assert unsure.high <= sure.high


@given(VALUES)
def test_a_thing_is_once_itself(values: list[float]) -> None:
    assert ratio(values, values)[:3] == (1, 1, 1)
    assert difference(values, values)[:3] == (0, 0, 0)


def test_ratios_are_of_what_was_measured_together() -> None:
    # Twice as slow the second time, both of them: that is the machine, not what is measured.
    assert ratio([9.0, 18.0], [10.0, 20.0])[:3] == pytest.approx((0.9, 0.9, 0.9))


def test_a_baseline_that_did_nothing_once_spoils_neither_median_nor_run() -> None:
    assert ratio([9.0, 9.0, 9.0], [10.0, 0.0, 10.0]).median == pytest.approx(0.9)


def test_each_needs_its_own_baseline() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


def test_confidence_is_a_probability() -> None:
    assert all(0 <= estimate([1.0] * n).confidence < 1 for n in range(1, 30))
    assert math.isclose(estimate([1.0] * 1000).confidence, 0.9, abs_tol=0.02)
