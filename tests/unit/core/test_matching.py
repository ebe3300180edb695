from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from umbra.core.matching import MATCH_IOU, Match, WireBoxes, _few_overlaps, _many_overlaps, iou_matrix, match

SQUARE = (0.0, 0.0, 10.0, 10.0)

coordinate = st.floats(0, 100, allow_subnormal=False)
side = st.floats(0, 50, allow_subnormal=False)
box = st.tuples(coordinate, coordinate, side, side)
boxes = st.lists(box, max_size=5)
crowded = st.lists(
    st.tuples(*[st.integers(0, 4).map(float)] * 2, *[st.integers(6, 9).map(float)] * 2), max_size=5
)


def array(boxes: WireBoxes) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


@pytest.mark.parametrize(
    ("a", "b", "iou"),
    [
        ([], [], np.zeros((0, 0))),
        ([], [SQUARE], np.zeros((0, 1))),
        ([SQUARE], [], np.zeros((1, 0))),
        ([SQUARE], [SQUARE], [[1.0]]),
        ([SQUARE], [(20.0, 0.0, 10.0, 10.0)], [[0.0]]),
        ([SQUARE], [(10.0, 0.0, 10.0, 10.0)], [[0.0]]),
        ([SQUARE], [(5.0, 0.0, 10.0, 10.0)], [[1 / 3]]),
        ([SQUARE], [(0.0, 0.0, 10.0, 5.0)], [[0.5]]),
        ([SQUARE], [(2.0, 2.0, 0.0, 0.0)], [[0.0]]),
        ([(2.0, 2.0, 0.0, 0.0)], [(2.0, 2.0, 0.0, 0.0)], [[0.0]]),
        ([SQUARE, (0.0, 0.0, 10.0, 5.0)], [SQUARE], [[1.0], [0.5]]),
    ],
)
def test_iou_matrix(a: WireBoxes, b: WireBoxes, iou: list[list[float]]) -> None:
    np.testing.assert_allclose(iou_matrix(array(a), array(b)), np.array(iou))


@example([(32.0, 0.0, 2.8393738013352666e-12, 1.0)], [(32.0, 0.0, 2.8393738013352666e-12, 1.0)])
@given(boxes, boxes)
def test_iou_is_symmetric_and_at_most_one(a: WireBoxes, b: WireBoxes) -> None:
    iou = iou_matrix(array(a), array(b))

    np.testing.assert_array_equal(iou, iou_matrix(array(b), array(a)).T)
    assert ((iou >= 0) & (iou <= 1 + 1e-9)).all()


@given(boxes, boxes)
def test_few_and_many_boxes_overlap_alike(a: WireBoxes, b: WireBoxes) -> None:
    assert _few_overlaps(a, b) == _many_overlaps(a, b)


@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        ([], [], []),
        ([], [SQUARE], []),
        ([SQUARE], [], []),
        ([SQUARE], [SQUARE], [(0, 0)]),
        ([SQUARE], [(0.0, 0.0, 10.0, 5.0)], [(0, 0)]),
        ([SQUARE], [(0.0, 0.0, 10.0, 4.9)], []),
        # Both want the same one: the closer gets it.
        ([SQUARE, (1.0, 0.0, 10.0, 10.0)], [(1.0, 0.0, 10.0, 10.0)], [(1, 0)]),
        # The closest pair is given up for a greater total.
        (
            [(0.0, 0.0, 10.0, 10.0), (2.0, 0.0, 10.0, 10.0)],
            [(1.9, 0.0, 10.0, 10.0), (5.2, 0.0, 10.0, 10.0)],
            [(0, 0), (1, 1)],
        ),
    ],
)
def test_match(a: WireBoxes, b: WireBoxes, pairs: list[tuple[int, int]]) -> None:
    assert [(i, j) for i, j, _ in match(a, b)] == pairs


@given(crowded, crowded)
def test_no_other_matching_has_a_greater_total(a: WireBoxes, b: WireBoxes) -> None:
    found = match(a, b)

    assert total(found) == pytest.approx(best_total(a, b))


@given(crowded, crowded)
def test_a_matching_is_one_to_one_and_above_the_threshold(a: WireBoxes, b: WireBoxes) -> None:
    found = match(a, b)

    assert len({i for i, _, _ in found}) == len({j for _, j, _ in found}) == len(found)
    assert all(iou >= MATCH_IOU for _, _, iou in found)
    assert [i for i, _, _ in found] == sorted(i for i, _, _ in found)


@given(crowded, crowded)
def test_the_total_does_not_depend_on_who_is_champion(a: WireBoxes, b: WireBoxes) -> None:
    assert total(match(a, b)) == pytest.approx(total(match(b, a)))


def total(matches: list[Match]) -> float:
    return sum(iou for _, _, iou in matches)


def best_total(a: WireBoxes, b: WireBoxes) -> float:
    """By trying every assignment of the fewer boxes to the more."""
    iou = iou_matrix(array(a), array(b))
    worth = np.where(iou >= MATCH_IOU, iou, 0.0)
    fewer = worth if len(a) <= len(b) else worth.T
    return max(
        sum(float(fewer[i, j]) for i, j in enumerate(order))
        for order in permutations(range(fewer.shape[1]), fewer.shape[0])
    )
