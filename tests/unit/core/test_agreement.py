import numpy as np
import pytest

from umbra.core.agreement import (
    Met,
    Shapes,
    agreement,
    cohens_kappa,
    compare,
    mean_iou,
    met_labels,
    millionths,
)

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
    assert met_labels(comparison, champion, shadow) == [
        (("3", "3"), Met(1, 500_000, -250_000)),
        (("1", "2"), Met(1, 1_000_000, 300_000)),
        (("7", None), Met(1)),
        ((None, "8"), Met(1)),
    ]


def test_labels_do_not_decide_who_is_matched() -> None:
    champion = shapes(("7", 0.9, LEFT))
    shadow = shapes(("7", 0.9, HALF_LEFT), ("1", 0.9, LEFT))

    assert compare(champion, shadow).flipped == [(0, 1, 1.0)]


def test_agreement_pools_over_images() -> None:
    assert agreement(1 + 0, 1 + 0, 1 + 2) == 2 * 1 / 4


@pytest.mark.parametrize(("number", "integer"), [(0.0, 0), (0.93, 930_000), (1e-7, 0), (-0.5, -500_000)])
def test_millionths(number: float, integer: int) -> None:
    assert millionths(number) == integer


def labels(*seen: str) -> Shapes:
    return Shapes(seen, [0.5] * len(seen), kind="labels")


def regions(**seen: tuple[int, int]) -> Shapes:
    """Labels, each with the one run of pixels that show it."""
    return Shapes(
        list(seen), [0.5] * len(seen), masks=[np.array(run) for run in seen.values()], kind="regions"
    )


@pytest.mark.parametrize(
    ("champion", "shadow", "same", "flips", "contested", "agreed"),
    [
        (labels(), labels(), 0, 0, 0, None),
        (labels("cat"), labels("cat"), 1, 0, 0, 1.0),
        (labels("cat"), labels("dog"), 0, 1, 1, 0.0),
        (labels("cat"), labels(), 0, 0, 1, 0.0),
        (labels("cat", "night"), labels("night", "dog"), 1, 0, 2, 0.5),
        (labels("cat", "night"), labels("night"), 1, 0, 1, 2 / 3),
        (labels("cat"), shapes(("cat", 0.9, LEFT)), 0, 0, 2, 0.0),
    ],
)
def test_labels_of_an_image_match_by_what_they_say(
    champion: Shapes, shadow: Shapes, same: int, flips: int, contested: int, agreed: float | None
) -> None:
    comparison = compare(champion, shadow)

    assert (comparison.matched_same_label, comparison.flips, comparison.contested) == (same, flips, contested)
    assert comparison.agreement == agreed


def test_regions_match_by_label_and_overlap_as_their_pixels_do() -> None:
    champion, shadow = (
        regions(sky=(0, 60), road=(60, 100)),
        regions(road=(80, 100), sky=(0, 70), car=(70, 80)),
    )

    comparison = compare(champion, shadow)

    assert comparison.matches == [(0, 1, 0.857143), (1, 0, 0.5)]
    assert (comparison.only_champion, comparison.only_shadow, comparison.flips) == ([], [2], 0)
    iou = comparison.iou_millionths / 1_000_000
    assert mean_iou(iou, 2, 3, comparison.matched) == pytest.approx((60 / 70 + 0.5 + 0) / 3, abs=1e-6)


def test_nothing_seen_has_no_mean_iou() -> None:
    assert mean_iou(0.0, 0, 0, 0) is None


def test_objects_with_masks_match_by_their_masks() -> None:
    masks = [np.array([0, 50]), np.array([50, 100])]
    champion = Shapes(["a", "b"], [0.9, 0.8], masks=masks)
    shadow = Shapes(
        ["b", "a", "c"], [0.7, 0.6, 0.5], masks=[masks[1], np.array([0, 40]), np.array([300, 310])]
    )

    comparison = compare(champion, shadow)

    assert comparison.matches == [(0, 1, 0.8), (1, 0, 1.0)]
    assert comparison.only_shadow == [2]


@pytest.mark.parametrize(
    ("met", "kappa"),
    [
        ({}, None),
        ({("cat", None): 4}, None),
        ({("cat", "cat"): 5}, None),
        ({("cat", "cat"): 5, ("dog", "dog"): 5}, 1.0),
        ({("cat", "dog"): 5, ("dog", "cat"): 5}, -1.0),
        ({("cat", "cat"): 1, ("cat", "dog"): 1, ("dog", "cat"): 1, ("dog", "dog"): 1}, 0.0),
        # The example of https://en.wikipedia.org/wiki/Cohen%27s_kappa
        ({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}, 0.4),
    ],
)
def test_kappa_is_agreement_beyond_chance(
    met: dict[tuple[str | None, str | None], int], kappa: float | None
) -> None:
    assert cohens_kappa(met) == (None if kappa is None else pytest.approx(kappa))
