"""How much of a bare loop's speed does a worker have, and what CPU does it add to each image?"""

from collections.abc import Iterator

from benchmarks import bare, detectors
from benchmarks.detectors import THREADS, Detector
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import Installation
from benchmarks.passage import Passage, steady
from benchmarks.process import Process, running
from benchmarks.results import Answer, Goal, Row
from benchmarks.statistics import Estimate, difference, estimate, ratio
from umbra.core.names import CHAMPION
from umbra.kafka.read import read_topic
from umbra.local.readiness import wait_until

_BACKLOG_S = 300.0

Ways = dict[str, list[Passage]]


def measure(ground: Ground, effort: Effort) -> Answer:
    tiny = _passages(ground, detectors.digits(), effort.images, effort.repeats)
    heavy = _passages(ground, detectors.heavy(), effort.heavy_images, effort.repeats)
    return Answer(
        "worker",
        "Worker over a backlog, beside bare loops of decode + session + post-process in memory",
        [*_rows("digits", tiny), *_rows("heavy", heavy)],
        [
            Goal(
                "worker, images/s to the prefetching loop, model of 5 ms or more:",
                "at least",
                0.95,
                _speed(heavy, "prefetching"),
            ),
            Goal("worker, added CPU µs per image, tiny model:", "at most", 150, _added_cpu(tiny)),
        ],
        [
            "The worker shares the machine with the broker it reads from; the bare loops do not need one.",
            "Added CPU: to that of the prefetching loop, which keeps both cores busy as the worker does.",
        ],
    )


def _passages(ground: Ground, detector: Detector, images: int, repeats: int) -> Ways:
    """Every way, in turn, `repeats` times."""
    ways: Ways = {"sequential": [], "prefetching": [], "worker": []}
    for _ in range(repeats):
        ways["sequential"].append(bare.sequential(detector, images))
        ways["worker"].append(_worker(ground, detector, images))
        ways["prefetching"].append(bare.prefetching(detector, images))
    return ways


def _worker(ground: Ground, detector: Detector, images: int) -> Passage:
    installation = Installation(ground)
    installation.put_in_force({CHAMPION: detector})
    installation.land(images)
    environ = installation.environ(
        UMBRA_ORT_THREADS=str(THREADS), UMBRA_BATCH_IMAGES=str(detector.batch), UMBRA_WORKER_INDEX="0"
    )
    with running(ground, ["services.champion_worker"], environ) as process:
        wait_until({"the backlog": lambda: installation.unjudged() == 0}, _BACKLOG_S)
        return steady(_judged_at(installation, images, process), process.clock)


def _judged_at(installation: Installation, images: int, process: Process) -> list[float]:
    """When each prediction was appended, in seconds since the epoch."""
    topic = installation.kafka.topics.predictions_champion
    judged_at = [record.timestamp_ms / 1000 for record in read_topic(installation.kafka, topic)]
    if len(judged_at) != images or process.starts > 1:
        raise AssertionError(f"{len(judged_at)} predictions of {images} images, {process.starts} starts.")
    return judged_at


def _rows(name: str, ways: Ways) -> Iterator[Row]:
    for way, passages in ways.items():
        figures = {
            "images/s": estimate([passage.per_second for passage in passages]),
            "CPU µs/image": estimate([passage.cpu_us for passage in passages]),
        }
        if way == "worker":
            figures |= {
                "of sequential": _speed(ways, "sequential"),
                "of prefetching": _speed(ways, "prefetching"),
                "CPU of prefetching": _cpu(ways),
                "added CPU µs": _added_cpu(ways),
            }
        yield Row(f"{name}, {way}", figures)


def _speed(ways: Ways, baseline: str) -> Estimate:
    return ratio([p.per_second for p in ways["worker"]], [p.per_second for p in ways[baseline]])


def _cpu(ways: Ways) -> Estimate:
    return ratio([p.cpu_us for p in ways["worker"]], [p.cpu_us for p in ways["prefetching"]])


def _added_cpu(ways: Ways) -> Estimate:
    return difference([p.cpu_us for p in ways["worker"]], [p.cpu_us for p in ways["prefetching"]])
