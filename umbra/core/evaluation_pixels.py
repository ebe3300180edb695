"""Semantic segmentation with ground truth: pixels pooled over all images."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from umbra.core.evaluation_overlaps import Rle

Masks = Mapping[str, Sequence[Rle]]
"""By label; several masks of one label are one."""


@dataclass(frozen=True, slots=True)
class PixelCounts:
    """Pixels of one image or of many; they add up.

    Attributes:
        shared, truth, said: by label, pixels where both say it, where it is, where the model says it.
        right: pixels at which both say the same, nothing included; `total`: all.
    """

    shared: Counter[str] = field(default_factory=Counter)
    truth: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    right: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class LabelPixels:
    """One label: intersection over union of its pixels in all images; 0 where only one side has any."""

    label: str
    iou: float
    truth: int
    said: int


@dataclass(frozen=True, slots=True)
class PixelFigures:
    """Many images; None of none.

    Attributes:
        miou: mean IoU of the labels that either side has somewhere.
        pixel_accuracy: share of pixels at which both say the same; high whenever one label is everywhere.
    """

    miou: float | None
    pixel_accuracy: float | None
    labels: list[LabelPixels]


def image_pixels(truth: Masks, said: Masks, size: tuple[int, int] | None) -> PixelCounts:
    """Count the pixels of one image.

    Args:
        truth, said: masks of one size; of another size than the truth's, what is said counts nowhere.
        size: height, width; None when it is not known: then an image without any mask counts nothing.
    """
    # Imported here: whoever evaluates boxes alone does without.
    from faster_coco_eval import mask

    def area(rle: Rle) -> int:
        return int(mask.area([rle])[0])

    sizes = [tuple(rle["size"]) for side in (truth, said) for rles in side.values() for rle in rles]
    if not sizes:
        pixels = 0 if size is None else size[0] * size[1]
        return PixelCounts(right=pixels, total=pixels)
    height, width = sizes[0]
    there = {label: _merged(rles) for label, rles in truth.items() if rles}
    given = {
        label: _merged(rles)
        for label, rles in said.items()
        if rles and all(tuple(rle["size"]) == sizes[0] for rle in rles)
    }
    shared = Counter(
        {label: area(mask.merge([there[label], given[label]], 1)) for label in there.keys() & given.keys()}
    )
    somewhere = area(_merged([*there.values(), *given.values()]))
    return PixelCounts(
        shared,
        Counter({label: area(rle) for label, rle in there.items()}),
        Counter({label: area(rle) for label, rle in given.items()}),
        shared.total() + height * width - somewhere,
        height * width,
    )


def pixel_figures(images: Iterable[PixelCounts], labels: Sequence[str]) -> PixelFigures:
    """Pool the counts of many images."""
    total = pooled(images)
    shown = [
        LabelPixels(label, total.shared[label] / union, total.truth[label], total.said[label])
        for label in labels
        if (union := total.truth[label] + total.said[label] - total.shared[label])
    ]
    return PixelFigures(
        sum(label.iou for label in shown) / len(shown) if shown else None,
        total.right / total.total if total.total else None,
        shown,
    )


def pooled(images: Iterable[PixelCounts]) -> PixelCounts:
    """The sum of the counts."""
    shared, truth, said, right, pixels = Counter[str](), Counter[str](), Counter[str](), 0, 0
    for image in images:
        shared.update(image.shared)
        truth.update(image.truth)
        said.update(image.said)
        right += image.right
        pixels += image.total
    return PixelCounts(shared, truth, said, right, pixels)


def shared_pixels(labels: Iterable[Sequence[Rle]]) -> bool:
    """Whether some pixel belongs to two labels; each is all its masks."""
    from faster_coco_eval import mask

    merged = [_merged(rles) for rles in labels]
    if len(merged) < 2:
        return False
    return int(mask.area(merged).sum()) != int(mask.area([_merged(merged)])[0])


def _merged(rles: Sequence[Rle]) -> Rle:
    from faster_coco_eval import mask

    merged: Rle = rles[0] if len(rles) == 1 else mask.merge(list(rles))
    return merged
