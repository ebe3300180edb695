"""How long does it take to compare what two models say of an image?"""

import time
from collections import defaultdict
from collections.abc import Callable
from itertools import product
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.results import Answer, Goal, Row
from benchmarks.statistics import estimate, ratio
from umbra.core.agreement import Shapes, compare
from umbra.core.matching import iou_matrix

COUNTS = (1, 10, 100)
SIDE = 640.0
CALLS = 50
"""In a row, whose median counts."""
LABELS = 10


def measure(_ground: Ground, effort: Effort) -> Answer:
    spent: dict[tuple[str, int], list[float]] = defaultdict(list)
    for _, count in product(range(effort.rounds), COUNTS):
        champion, shadow = pair(count)
        spent["umbra", count].append(microseconds(compare, champion, shadow))
        spent["scipy", count].append(microseconds(assigned, champion, shadow))
    mine = {f"µs at {count}": estimate(spent["umbra", count]) for count in COUNTS}
    library = {f"µs at {count}": estimate(spent["scipy", count]) for count in COUNTS}
    share = {f"µs at {count}": ratio(spent["umbra", count], spent["scipy", count]) for count in COUNTS}
    return Answer(
        "agreement",
        "Agreement: champion and shadow on one image with so many shapes each, a tenth of them another label",
        [
            Row("compare(): matched, flips, contested, deltas", mine),
            Row("scipy's assignment over all pairs alone", library),
            Row("ratio", share),
        ],
        [Goal("agreement, µs a pair of 10 shapes:", "at most", 60, mine["µs at 10"])],
    )


def pair(count: int) -> tuple[Shapes, Shapes]:
    """What two models say of one image: nearly the same boxes."""
    random = np.random.default_rng(count)
    boxes = np.column_stack((random.uniform(0, SIDE - 60, (count, 2)), random.uniform(20, 60, (count, 2))))
    labels = random.integers(0, LABELS, count)
    others = np.where(random.random(count) < 0.1, (labels + 1) % LABELS, labels)
    moved = boxes + random.normal(0, 1, boxes.shape)
    return _shapes(boxes, labels, random), _shapes(moved, others, random)


def assigned(champion: Shapes, shadow: Shapes) -> int:
    """The least that has to be done: every overlap, and the best assignment."""
    ious = iou_matrix(np.asarray(champion.boxes), np.asarray(shadow.boxes))
    return len(linear_sum_assignment(ious, maximize=True)[0])


def microseconds(call: Callable[[Shapes, Shapes], object], champion: Shapes, shadow: Shapes) -> float:
    """Of a call, the median of several."""
    spent = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call(champion, shadow)
        spent.append((time.perf_counter() - began) * 1e6)
    return median(spent)


def _shapes(boxes: NDArray[np.float64], labels: NDArray[np.int64], random: np.random.Generator) -> Shapes:
    scores = random.uniform(0.3, 1, len(boxes)).tolist()
    return Shapes([str(label) for label in labels], scores, boxes.tolist())
