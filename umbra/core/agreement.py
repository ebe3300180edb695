"""How far two models agree about one image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from umbra.core.matching import Match, WireBoxes, match

LabelPair = tuple[str | None, str | None]
"""The champion's label and the shadow's; None where a shape has no partner."""


def millionths(number: float) -> int:
    """`number` as an integer that can be summed exactly."""
    return round(number * 1_000_000)


class Shapes(NamedTuple):
    """What one model saw in one image, at or above its operating threshold.

    Attributes:
        labels: N of them.
        scores: N, in [0, 1].
        boxes: N of x y w h in pixels of the original image.
    """

    labels: Sequence[str] = ()
    scores: Sequence[float] = ()
    boxes: WireBoxes = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Champion and shadow on one image, shapes matched one to one whatever their labels.

    Attributes:
        matches: matched shapes with equal labels, IoU to six digits.
        flipped: matched shapes whose labels differ.
        only_champion: indices of the champion's shapes without a partner.
        only_shadow: the shadow's.
        iou_millionths: summed over all matched shapes.
        score_delta_millionths: shadow - champion, summed over all matched shapes.
    """

    champion_shapes: int
    shadow_shapes: int
    matches: list[Match]
    flipped: list[Match]
    only_champion: list[int]
    only_shadow: list[int]
    iou_millionths: int
    score_delta_millionths: int

    @property
    def matched(self) -> int:
        """Matched shapes, whatever their labels."""
        return len(self.matches) + len(self.flipped)

    @property
    def matched_same_label(self) -> int:
        return len(self.matches)

    @property
    def flips(self) -> int:
        return len(self.flipped)

    @property
    def contested(self) -> int:
        """Shapes without a partner, and matches whose labels differ."""
        return len(self.flipped) + len(self.only_champion) + len(self.only_shadow)

    @property
    def count_delta(self) -> int:
        """Shadow - champion."""
        return self.shadow_shapes - self.champion_shapes

    @property
    def agreement(self) -> float | None:
        return agreement(self.matched_same_label, self.champion_shapes, self.shadow_shapes)


def agreement(matched_same_label: int, champion_shapes: int, shadow_shapes: int) -> float | None:
    """2 * matched with the same label / all shapes, in [0, 1]; None when nobody saw anything.

    It is the F1 of one model against the other, and pools over a window by summing its arguments.
    """
    shapes = champion_shapes + shadow_shapes
    return 2 * matched_same_label / shapes if shapes else None


def compare(champion: Shapes, shadow: Shapes) -> Comparison:
    """Match the shapes of two models on one image and see where they differ."""
    matches: list[Match] = []
    flipped: list[Match] = []
    iou_millionths = score_delta_millionths = 0
    for i, j, iou in match(champion.boxes, shadow.boxes):
        found = millionths(iou)
        iou_millionths += found
        score_delta_millionths += millionths(shadow.scores[j]) - millionths(champion.scores[i])
        kind = matches if champion.labels[i] == shadow.labels[j] else flipped
        kind.append((i, j, found / 1_000_000))
    return Comparison(
        len(champion.labels),
        len(shadow.labels),
        matches,
        flipped,
        _left_over(champion, {i for kind in (matches, flipped) for i, _, _ in kind}),
        _left_over(shadow, {j for kind in (matches, flipped) for _, j, _ in kind}),
        iou_millionths,
        score_delta_millionths,
    )


def label_pairs(comparison: Comparison, champion: Shapes, shadow: Shapes) -> list[LabelPair]:
    """Which label met which: one entry for every match and every shape without a partner."""
    return [
        *((champion.labels[i], shadow.labels[j]) for i, j, _ in comparison.matches),
        *((champion.labels[i], shadow.labels[j]) for i, j, _ in comparison.flipped),
        *((champion.labels[i], None) for i in comparison.only_champion),
        *((None, shadow.labels[j]) for j in comparison.only_shadow),
    ]


def _left_over(shapes: Shapes, taken: set[int]) -> list[int]:
    return [index for index in range(len(shapes.labels)) if index not in taken]
