"""How much of a bare loop's speed does a worker have, and what CPU does it add to each image?"""

from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import bare, detectors
from benchmarks.bare import Loop
from benchmarks.detectors import THREADS, Detector
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import Installation
from benchmarks.passage import Passage
from benchmarks.process import running
from benchmarks.results import Answer, Goal, Row
from benchmarks.statistics import Estimate, difference, estimate, ratio
from benchmarks.turns import passages, stopped, take_turns
from umbra.core.names import CHAMPION
from umbra.kafka.read import read_topic
from umbra.local.readiness import wait_until

_READY_S = 120.0

Ways = dict[str, list[Passage]]


def measure(ground: Ground, effort: Effort) -> Answer:
    tiny = _passages(ground, detectors.digits(), effort.images, effort)
    heavy = _passages(ground, detectors.heavy(), effort.heavy_images, effort)
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


def _passages(ground: Ground, detector: Detector, images: int, effort: Effort) -> Ways:
    """Every way, in turn."""
    installation = Installation(ground)
    installation.put_in_force({CHAMPION: detector})
    installation.land(images)
    environ = installation.environ(
        UMBRA_ORT_THREADS=str(THREADS), UMBRA_BATCH_IMAGES=str(detector.batch), UMBRA_WORKER_INDEX="0"
    )
    with ExitStack() as stack:
        worker = stack.enter_context(running(ground, ["services.champion_worker"], environ))
        wait_until({"the worker": lambda: installation.unjudged() < 0.95 * images}, _READY_S)
        processes = {"worker": stack.enter_context(stopped(worker.pid))}
        loops = {way: _loop(way, detector, ground, stack) for way in ("sequential", "prefetching")}
        processes |= {way: stack.enter_context(stopped(loop.pid)) for way, loop in loops.items()}
        turns = take_turns(processes, effort.rounds, effort.turn_s)
        done_at = {way: loop.done_at() for way, loop in loops.items()}
        if not installation.unjudged() or worker.starts > 1:
            raise AssertionError(
                f"{images} images were too few, or the worker was started {worker.starts} times."
            )
    return passages(turns, {"worker": _judged_at(installation), **done_at})


def _loop(way: str, detector: Detector, ground: Ground, stack: ExitStack) -> Loop:
    return stack.enter_context(bare.working(way, detector, ground.directory / f"{way}.{detector.name}"))


def _judged_at(installation: Installation) -> list[float]:
    """When each prediction was appended, in seconds since the epoch."""
    topic = installation.kafka.topics.predictions_champion
    return [record.timestamp_ms / 1000 for record in read_topic(installation.kafka, topic)]


def _rows(name: str, ways: Ways) -> Iterator[Row]:
    for way, measured in ways.items():
        figures = {
            "images/s": estimate([passage.per_second for passage in measured]),
            "CPU µs/image": estimate([passage.cpu_us for passage in measured]),
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
