import pytest

from umbra.core.agreement import Shapes, agreement, compare, label_pairs, millionths

LEFT, RIGHT, FAR = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 10.0, 10.0), (200.0, 0.0, 10.0, 10.0)
HALF_LEFT = (0.0, 0.0, 10.0, 5.0)


def shapes(*seen: tuple[str, float, tuple[float, float, float, float]]) -> Shapes:
    labels, scores, boxes = zip(*seen, strict=True) if seen else ((), (), ())
    return Shapes(labels, scores, boxes)


@pytest.mark.parametrize(
    ("champion", "shadow", "same", "flips", "contested", "agreed"),
    [
        (shapes(), shapes(), 0, 0, 0, None),
        (shapes(("7", 0.9, LEFT)), shapes(), 0, 0, 1, 0.0),
        (shapes(), shapes(("7", 0.9, LEFT)), 0, 0, 1, 0.0),
        (shapes(("7", 0.9, LEFT)), shapes(("7", 0.9, LEFT)), 1, 0, 0, 1.0),
        (shapes(("7", 0.9, LEFT)), shapes(("1", 0.9, LEFT)), 0, 1, 1, 0.0),
        (shapes(("7", 0.9, LEFT)), shapes(("7", 0.9, FAR)), 0, 0, 2, 0.0),
        (shapes(("7", 0.9, LEFT), ("3", 0.5, RIGHT)), shapes(("7", 0.9, LEFT)), 1, 0, 1, 2 / 3),
    ],
)
def test_compare_counts(
    champion: Shapes, shadow: Shapes, same: int, flips: int, contested: int, agreed: float | None
) -> None:
    comparison = compare(champion, shadow)

    assert comparison.matched_same_label == same
    assert comparison.flips == flips
    assert comparison.contested == contested
    assert comparison.agreement == agreed


def test_compare_says_which_shape_met_which() -> None:
    champion = shapes(("7", 0.9, FAR), ("3", 0.5, LEFT), ("1", 0.4, RIGHT))
    shadow = shapes(("2", 0.7, RIGHT), ("3", 0.25, HALF_LEFT), ("8", 0.6, (300.0, 0.0, 5.0, 5.0)))

    comparison = compare(champion, shadow)

    assert comparison.matches == [(1, 1, 0.5)]
    assert comparison.flipped == [(2, 0, 1.0)]
    assert comparison.only_champion == [0]
    assert comparison.only_shadow == [2]
    assert comparison.iou_millionths == 1_500_000
    assert comparison.score_delta_millionths == (250_000 - 500_000) + (700_000 - 400_000)
    assert comparison.count_delta == 0
    assert label_pairs(comparison, champion, shadow) == [("3", "3"), ("1", "2"), ("7", None), (None, "8")]


def test_labels_do_not_decide_who_is_matched() -> None:
    champion = shapes(("7", 0.9, LEFT))
    shadow = shapes(("7", 0.9, HALF_LEFT), ("1", 0.9, LEFT))

    assert compare(champion, shadow).flipped == [(0, 1, 1.0)]


def test_agreement_pools_over_images() -> None:
    assert agreement(1 + 0, 1 + 0, 1 + 2) == 2 * 1 / 4


@pytest.mark.parametrize(("number", "integer"), [(0.0, 0), (0.93, 930_000), (1e-7, 0), (-0.5, -500_000)])
def test_millionths(number: float, integer: int) -> None:
    assert millionths(number) == integer
