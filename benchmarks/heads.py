"""How long does it take to make shapes of a model's outputs?"""

import time
from collections import defaultdict
from itertools import product
from statistics import median

from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.head_outputs import MOST, SIDE, SUBJECTS, Objects, Subject
from benchmarks.results import Answer, Goal, Row
from benchmarks.statistics import Estimate, estimate
from umbra.contracts.manifest import Input, Manifest, Thresholds
from umbra.onnx.heads import head
from umbra.onnx.projection import project

COUNTS = (0, 10, MOST)
CALLS = 20
"""In a row, whose median counts: the first ones find nothing in the caches."""


def measure(_ground: Ground, effort: Effort) -> Answer:
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    for _, subject, count in product(range(effort.rounds), SUBJECTS, COUNTS):
        times[_name(subject), count].append(microseconds(subject, count))
    found = {key: estimate(values) for key, values in times.items()}
    return Answer(
        "heads",
        "Heads: post-processing of one image of 640 x 640 with so many objects, none touching, all found",
        [Row(name, _figures(found, name)) for name in map(_name, SUBJECTS)],
        [
            Goal(
                f"post-processing, µs an image of {_name(SUBJECTS[0])}, {MOST} objects:",
                "at most",
                1000,
                found[_name(SUBJECTS[0]), MOST],
            )
        ],
        ["From the outputs as ONNX Runtime gives them to shapes in pixels of the original; one thread."],
    )


def microseconds(subject: Subject, count: int, calls: int = CALLS) -> float:
    """Of a call, the median of several.

    Raises:
        AssertionError: not every object was found.
    """
    outputs = subject.outputs(Objects(count, subject.labels))
    reads, manifest = head(subject.head), _manifest(subject)
    projections = [project((SIDE, SIDE), (SIDE, SIDE), "letterbox-centre")]
    spent = []
    for _ in range(calls):
        began = time.perf_counter()
        (found,) = reads(outputs, manifest, projections)
        spent.append((time.perf_counter() - began) * 1e6)
    if subject.of_objects and len(found) != count:
        raise AssertionError(f"{subject.head} found {len(found)} of {count} objects.")
    return median(spent)


def _manifest(subject: Subject) -> Manifest:
    return Manifest(
        name=subject.head,
        task=subject.task,
        head=subject.head,
        labels=[str(number) for number in range(subject.labels)],
        input=Input(name="images", size=(SIDE, SIDE)),
        options=subject.options,
        thresholds=Thresholds(max_detections=MOST),
    )


def _name(subject: Subject) -> str:
    return f"{subject.head}, {subject.text}"


def _figures(found: dict[tuple[str, int], Estimate], name: str) -> dict[str, Estimate]:
    return {f"µs at {count}": found[name, count] for count in COUNTS}
