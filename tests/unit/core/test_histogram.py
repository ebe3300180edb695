import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.histogram import (
    DELTA_EDGES_US,
    LATENCY_EDGES_US,
    SCORE_EDGES,
    Edges,
    add,
    count,
    percentile,
)

TENS = np.array([0, 10, 20, 30])


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([], (0, 0, 0)),
        ([0, 9], (2, 0, 0)),
        ([10], (0, 1, 0)),
        ([-5, 30, 99], (1, 0, 2)),
    ],
)
def test_count(values: list[int], counts: tuple[int, ...]) -> None:
    assert count(TENS, values) == counts


@pytest.mark.parametrize(
    ("counts", "fraction", "value"),
    [
        ((0, 0, 0), 0.5, None),
        ((1, 0, 0), 0.5, 5.0),
        ((0, 2, 0), 0.5, 15.0),
        ((1, 0, 1), 0.99, 29.8),
        ((0, 1, 1), 0.0, 10.0),
        ((1, 1, 0), 1.0, 20.0),
    ],
)
def test_percentile(counts: tuple[int, ...], fraction: float, value: float | None) -> None:
    assert percentile(TENS, counts, fraction) == (value if value is None else pytest.approx(value))


@pytest.mark.parametrize("edges", [SCORE_EDGES, LATENCY_EDGES_US, DELTA_EDGES_US])
def test_edges_grow(edges: Edges) -> None:
    assert (np.diff(edges) > 0).all()


def test_there_are_twenty_buckets_of_score_and_one_is_in_the_last() -> None:
    assert count(SCORE_EDGES, [1_000_000]) == (0,) * 19 + (1,)


def test_differences_are_counted_alike_on_both_sides_of_none() -> None:
    counts = count(DELTA_EDGES_US, [-1000, 0, 1000])

    assert percentile(DELTA_EDGES_US, counts, 0.5) == pytest.approx(0, abs=1)


@given(st.lists(st.integers(0, 10**9)), st.lists(st.integers(0, 10**9)))
def test_counting_together_is_counting_apart(a: list[int], b: list[int]) -> None:
    assert count(LATENCY_EDGES_US, a + b) == add(count(LATENCY_EDGES_US, a), count(LATENCY_EDGES_US, b))


@given(st.lists(st.integers(10, 10**9), min_size=1), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(values: list[int], fraction: float) -> None:
    found = percentile(LATENCY_EDGES_US, count(LATENCY_EDGES_US, values), fraction)

    true = int(np.quantile(values, fraction, method="inverted_cdf"))
    assert found is not None
    assert true / 1.25 <= found <= true * 1.25
