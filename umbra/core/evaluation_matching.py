"""Which detection is which ground truth, at every threshold and size, in COCO's greedy way.

In the order of their scores, each detection of an image and label takes the ground truth, not yet taken,
that it overlaps most. The whole is done for all images at once: the best detections of all groups first,
then the second best, and so on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from umbra.core.evaluation_objects import Bools, Detections, Floats, Ints, Truths
from umbra.core.evaluation_overlaps import Overlaps

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""(T,) IoU from which on a detection may be a ground truth."""

SIZES: tuple[tuple[str, float, float], ...] = (
    ("all", 0.0, 1e10),
    ("small", 0.0, 32.0**2),
    ("medium", 32.0**2, 96.0**2),
    ("large", 96.0**2, 1e10),
)
"""(A) names and bounds of areas in square pixels; both bounds belong to the size, as in pycocotools."""

_LEAST = np.minimum(THRESHOLDS, 1 - 1e-10)
_BLOCK = 4_000_000
"""Cells of a block of groups: some 30 MB at a time, whatever the number of images."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What became of the detections that overlap some ground truth of their label.

    Attributes:
        detection: (P,) int64, their rows, rising; all others are unmatched.
        matched: (P, T, A) bool.
        ignored: (P, T, A) bool, matched with a ground truth that does not count at that size.
    """

    detection: Ints
    matched: NDArray[np.bool_]
    ignored: NDArray[np.bool_]


def outside(areas: Floats) -> Bools:
    """(N, A): whether each area is none of the size."""
    low, high = np.array([bounds for _, *bounds in SIZES]).T
    apart: Bools = (areas[:, None] < low) | (areas[:, None] > high)
    return apart


def ranks(detections: Detections) -> Ints:
    """(N,): the place of each detection among those of its image and label, best score first."""
    order = np.lexsort((-detections.scores, detections.label, detections.image))
    begins = _begins(detections.image[order], detections.label[order])
    found = np.empty(len(order), np.int64)
    found[order] = np.arange(len(order)) - begins
    return found


def matches(detections: Detections, truths: Truths, overlaps: Overlaps, rank: Ints) -> Matches:
    """Match every detection that overlaps something.

    Args:
        rank: of each detection, see `ranks`.
    """
    near, row_of_pair = np.unique(overlaps.detection, return_inverse=True)
    shape = (len(near), len(THRESHOLDS), len(SIZES))
    found = Matches(near, np.zeros(shape, bool), np.zeros(shape, bool))
    ignored = truths.crowd[:, None] | outside(truths.areas)
    groups = _Groups.of(detections, overlaps, near, row_of_pair, rank)
    for width in np.unique(groups.width):
        members = np.flatnonzero(groups.width == width)
        step = max(1, _BLOCK // (len(THRESHOLDS) * len(SIZES) * int(width)))
        for begin in range(0, len(members), step):
            _match(groups, members[begin : begin + step], int(width), truths.crowd, ignored, found)
    return found


@dataclass(frozen=True, slots=True)
class _Groups:
    """The overlapping detections and truths of one image and label each; G groups.

    Attributes:
        rows: (P,) rows of Matches, by group, best score first; `first`: (G + 1,) where a group begins.
        column: (pairs,) the place of a pair's truth within its group.
        width: (G,) the number of truths, rounded up to a power of two.
    """

    rows: Ints
    first: Ints
    pair_first: Ints
    pair_count: Ints
    truth: Ints
    column: Ints
    iou: Floats
    width: Ints

    @classmethod
    def of(
        cls, detections: Detections, overlaps: Overlaps, near: Ints, row_of_pair: Ints, rank: Ints
    ) -> "_Groups":
        rows = np.lexsort((rank[near], detections.label[near], detections.image[near]))
        image, label = detections.image[near][rows], detections.label[near][rows]
        starts = np.flatnonzero(_begins(image, label) == np.arange(len(rows)))
        group_of_row = np.empty(len(rows), np.int64)
        group_of_row[rows] = np.cumsum(np.isin(np.arange(len(rows)), starts)) - 1
        column, counts = _columns(group_of_row[row_of_pair], overlaps.truth, len(starts))
        pair_count = np.bincount(row_of_pair, minlength=len(near))
        return cls(
            rows,
            np.append(starts, len(rows)),
            np.cumsum(pair_count) - pair_count,
            pair_count,
            overlaps.truth,
            column,
            overlaps.iou,
            2 ** np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64),
        )


def _match(groups: _Groups, members: Ints, width: int, crowd: Bools, ignored: Bools, found: Matches) -> None:
    sizes = np.diff(groups.first)[members]
    taken = np.zeros((len(members), len(THRESHOLDS), len(SIZES), width), bool)
    for place in range(int(sizes.max(initial=0))):
        playing = np.flatnonzero(sizes > place)
        rows = groups.rows[groups.first[members[playing]] + place]
        iou, truth = _laid_out(groups, rows, width)
        free = ~taken[playing] | crowd[truth][:, None, None, :]
        open_ = free & (iou[:, None, :] >= _LEAST[None, :, None])[:, :, None, :]
        skipped = ignored[truth].transpose(0, 2, 1)[:, None]
        best, is_matched, is_ignored = _best(iou, open_, np.broadcast_to(skipped, open_.shape))
        found.matched[rows], found.ignored[rows] = is_matched, is_ignored
        group, threshold, size = np.nonzero(is_matched)
        taken[playing[group], threshold, size, best[group, threshold, size]] = True


def _laid_out(groups: _Groups, rows: Ints, width: int) -> tuple[Floats, Ints]:
    """(n, width) IoU and truth of each row's pairs; IoU -1 where there is none."""
    counts = groups.pair_count[rows]
    row = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    pair = groups.pair_first[rows][row] + within
    iou, truth = np.full((len(rows), width), -1.0), np.zeros((len(rows), width), np.int64)
    iou[row, groups.column[pair]] = groups.iou[pair]
    truth[row, groups.column[pair]] = groups.truth[pair]
    return iou, truth


def _best(iou: Floats, open_: Bools, skipped: Bools) -> tuple[Ints, Bools, Bools]:
    """The truth that each takes at each threshold and size; whether any; whether one that is ignored."""
    counted, has_counted = _largest(iou, open_ & ~skipped)
    if not skipped.any():
        return counted, has_counted, np.zeros_like(has_counted)
    other, has_other = _largest(iou, open_ & skipped)
    return np.where(has_counted, counted, other), has_counted | has_other, has_other & ~has_counted


def _largest(iou: Floats, among: Bools) -> tuple[Ints, Bools]:
    """The last of the largest, as pycocotools takes the last of equal ones."""
    last = iou.shape[1] - 1
    values = np.where(among, iou[:, None, None, :], -1.0)[..., ::-1]
    has_one: Bools = np.any(among, axis=-1)
    return last - values.argmax(-1), has_one


def _columns(group: Ints, truth: Ints, groups: int) -> tuple[Ints, Ints]:
    """Of each pair: the place of its truth among those of its group; and how many a group has."""
    order = np.lexsort((truth, group))
    key_group, key_truth = group[order], truth[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (np.diff(key_group) != 0) | (np.diff(key_truth) != 0)
    counts = np.bincount(key_group[is_new], minlength=groups)
    number = np.cumsum(is_new) - 1 - (np.cumsum(counts) - counts)[key_group]
    column = np.empty(len(order), np.int64)
    column[order] = number
    return column, counts


def _begins(image: Ints, label: Ints) -> Ints:
    """(N,): where the run of equal image and label begins that each row is in; rows are sorted."""
    is_new = np.ones(len(image), bool)
    is_new[1:] = (np.diff(image) != 0) | (np.diff(label) != 0)
    return np.maximum.accumulate(np.where(is_new, np.arange(len(image)), 0))
