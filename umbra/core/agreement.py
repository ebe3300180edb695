"""How far two models agree about one image."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from umbra.core import runs
from umbra.core.matching import Match, WireBoxes, match, match_masks
from umbra.core.runs import Runs

Kind = Literal["objects", "labels", "regions"]
"""What the shapes of an image are: things in it, what the image is called, or what its pixels show."""

LabelPair = tuple[str | None, str | None]
"""The champion's label and the shadow's; None where a shape has no partner."""


class Met(NamedTuple):
    """Shapes of one label pair, as sums.

    Attributes:
        iou_millionths, score_delta_millionths: as of Comparison; 0 where shapes have no partner.
    """

    shapes: int
    iou_millionths: int = 0
    score_delta_millionths: int = 0

    def plus(self, other: "Met") -> "Met":
        return Met(
            self.shapes + other.shapes,
            self.iou_millionths + other.iou_millionths,
            self.score_delta_millionths + other.score_delta_millionths,
        )


def together(met: Iterable[tuple[LabelPair, Met]]) -> dict[LabelPair, Met]:
    """The sums of each label pair."""
    total: dict[LabelPair, Met] = {}
    for labels, one in met:
        total[labels] = total[labels].plus(one) if labels in total else one
    return total


def millionths(number: float) -> int:
    """`number` as an integer that can be summed exactly."""
    return round(number * 1_000_000)


class Shapes(NamedTuple):
    """What one model saw in one image, at or above its operating threshold.

    Attributes:
        labels: N of them; of regions each once.
        scores: N, in [0, 1].
        boxes: of objects, N of x y w h in pixels of the original image.
        masks: N, of regions and of objects that have masks; else none.
    """

    labels: Sequence[str] = ()
    scores: Sequence[float] = ()
    boxes: WireBoxes = ()
    masks: Sequence[Runs] = ()
    kind: Kind = "objects"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Champion and shadow on one image, shapes matched one to one.

    Objects are matched by their overlap, whatever their labels; regions and labels by their label. Where each
    side has one label and they differ, that is a flip. A match of labels has IoU 1.

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


def mean_iou(iou: float, champion_shapes: int, shadow_shapes: int, matched: int) -> float | None:
    """Of regions: summed IoU / labels on either side, in [0, 1]; a label that one side lacks counts as 0.

    None when nobody saw anything. It pools over a window by summing its arguments.
    """
    labels = champion_shapes + shadow_shapes - matched
    return iou / labels if labels else None


def cohens_kappa(met: Mapping[LabelPair, int]) -> float | None:
    """How far two models agree beyond what chance would give, at most 1; 0 is chance.

    https://en.wikipedia.org/wiki/Cohen%27s_kappa

    Args:
        met: how often which label met which. Those without a partner do not count.

    Returns:
        None when there are none, or when both always say the same one label.
    """
    paired = {labels: count for labels, count in met.items() if None not in labels}
    total = sum(paired.values())
    champion: Counter[str | None] = Counter()
    shadow: Counter[str | None] = Counter()
    for (one, other), count in paired.items():
        champion[one] += count
        shadow[other] += count
    # In whole numbers, so that the order of the labels makes no difference.
    by_chance = sum(champion[label] * shadow[label] for label in champion)
    same = sum(count for (one, other), count in paired.items() if one == other)
    beyond = total * total - by_chance
    return (total * same - by_chance) / beyond if beyond else None


def compare(champion: Shapes, shadow: Shapes) -> Comparison:
    """Match the shapes of two models on one image and see where they differ."""
    matches: list[Match] = []
    flipped: list[Match] = []
    iou_millionths = score_delta_millionths = 0
    for i, j, iou in _matched(champion, shadow):
        found = millionths(iou)
        iou_millionths += found
        score_delta_millionths += _score_delta(i, j, champion, shadow)
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


def met_labels(comparison: Comparison, champion: Shapes, shadow: Shapes) -> list[tuple[LabelPair, Met]]:
    """Which label met which: one entry for every match and every shape without a partner."""
    return [
        *(_met(match, champion, shadow) for match in comparison.matches),
        *(_met(match, champion, shadow) for match in comparison.flipped),
        *(((champion.labels[i], None), _ALONE) for i in comparison.only_champion),
        *(((None, shadow.labels[j]), _ALONE) for j in comparison.only_shadow),
    ]


_ALONE = Met(1)


def _met(match: Match, champion: Shapes, shadow: Shapes) -> tuple[LabelPair, Met]:
    i, j, iou = match
    return (champion.labels[i], shadow.labels[j]), Met(
        1, millionths(iou), _score_delta(i, j, champion, shadow)
    )


def _score_delta(i: int, j: int, champion: Shapes, shadow: Shapes) -> int:
    return millionths(shadow.scores[j]) - millionths(champion.scores[i])


def _left_over(shapes: Shapes, taken: set[int]) -> list[int]:
    return [index for index in range(len(shapes.labels)) if index not in taken]


def _matched(champion: Shapes, shadow: Shapes) -> list[Match]:
    if champion.kind != shadow.kind:
        return []
    if champion.kind == "objects":
        if champion.masks and shadow.masks:
            return match_masks(champion.masks, shadow.masks)
        return match(champion.boxes, shadow.boxes)
    if champion.kind == "labels" and len(champion.labels) == len(shadow.labels) == 1:
        return [(0, 0, 1.0)]
    return _same_labels(champion, shadow)


def _same_labels(champion: Shapes, shadow: Shapes) -> list[Match]:
    theirs = {label: j for j, label in enumerate(shadow.labels)}
    return [
        (i, j, runs.iou(champion.masks[i], shadow.masks[j]) if champion.kind == "regions" else 1.0)
        for i, label in enumerate(champion.labels)
        if (j := theirs.pop(label, None)) is not None
    ]
