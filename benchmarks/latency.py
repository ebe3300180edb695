"""How long after an image landed can its prediction be read?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks import bare, detectors
from benchmarks.bare import Alone
from benchmarks.detectors import THREADS
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import Installation
from benchmarks.process import running
from benchmarks.results import Answer, Goal, Row
from benchmarks.sightings import Sightings, milliseconds
from benchmarks.statistics import Estimate, estimate, percentile, ratio
from benchmarks.traffic import land_at
from umbra.core.names import CHAMPION
from umbra.kafka.producer import Producer

WORKER, EXACTLY_ONCE, AT_LEAST_ONCE = "worker", "empty exactly-once loop", "empty at-least-once loop"

_ALONE = 300
_FIRST_S = 60.0
_DRAIN_S = 30.0
_BACKLOG_MS = 250.0


class Latencies(NamedTuple):
    """Milliseconds from landed to visible."""

    p50: float
    p99: float


class Contender:
    """One of those compared: a process, topics of its own to read from and write to, and their reader."""

    def __init__(self, ground: Ground, module: list[str], stack: ExitStack, *, model: bool = False) -> None:
        self._installation = Installation(ground)
        if model:
            self._installation.put_in_force({CHAMPION: detectors.digits()})
        environ = self._installation.environ(UMBRA_ORT_THREADS=str(THREADS), UMBRA_WORKER_INDEX="0")
        self._producer = stack.enter_context(Producer(self._installation.kafka))
        self._sightings = stack.enter_context(Sightings(self._installation))
        stack.enter_context(running(ground, module, environ))

    def warm_up(self) -> None:
        """Return when it serves."""
        seen = land_at(self._installation, self._producer, 50, 1.0)
        if not self._sightings.wait_for(seen, _FIRST_S):
            raise AssertionError("Nothing came out; its log is in the ground's directory.")

    def at(self, rate: int, seconds: float) -> Latencies:
        """Its latencies while images land at a rate."""
        before = len(self._sightings.values)
        landed = land_at(self._installation, self._producer, rate, seconds)
        if not self._sightings.wait_for(before + landed, _DRAIN_S):
            raise AssertionError(f"{len(self._sightings.values) - before} of {landed} images came out.")
        ms = milliseconds(self._sightings.read(before))
        return Latencies(percentile(ms, 50), percentile(ms, 99))


Measured = dict[str, list[Latencies]]


def measure(ground: Ground, effort: Effort) -> Answer:
    measured: dict[int, Measured] = {rate: defaultdict(list) for rate in effort.seconds}
    alone: list[Alone] = []
    with ExitStack() as stack:
        contenders = _contenders(ground, stack)
        for _ in range(effort.repeats):
            alone.append(bare.alone(detectors.digits(), _ALONE))
            for rate, seconds in effort.seconds.items():
                for name, contender in contenders.items():
                    measured[rate][name].append(contender.at(rate, seconds))
    return Answer(
        "latency",
        "Landed → visible to a read-committed consumer, digits detector",
        [row for rate, of in measured.items() for row in _rows(rate, of, alone)],
        [goal for rate, of in measured.items() for goal in _goals(rate, of, alone)],
        [_model_note(alone), *_overload_notes(measured)],
    )


def _contenders(ground: Ground, stack: ExitStack) -> Mapping[str, Contender]:
    contenders = {
        WORKER: Contender(ground, ["services.champion_worker"], stack, model=True),
        EXACTLY_ONCE: Contender(ground, ["benchmarks.loops", "exactly-once"], stack),
        AT_LEAST_ONCE: Contender(ground, ["benchmarks.loops", "at-least-once"], stack),
    }
    for contender in contenders.values():
        contender.warm_up()
    return contenders


def _rows(rate: int, measured: Measured, alone: list[Alone]) -> Iterator[Row]:
    for name, latencies in measured.items():
        figures = {
            "p50 ms": estimate([latency.p50 for latency in latencies]),
            "p99 ms": estimate([latency.p99 for latency in latencies]),
        }
        if name == WORKER:
            figures |= {
                "p50 of loop + model": _p50_ratio(measured, alone),
                "p99 of loop + model": _p99_ratio(measured, alone),
            }
        yield Row(f"{rate}/s, {name}", figures)


def _goals(rate: int, measured: Measured, alone: list[Alone]) -> list[Goal]:
    text = f"latency at {rate}/s, {{}} to that of the empty exactly-once loop plus the model's own:"
    return [
        Goal(text.format("p50"), "at most", 1.3, _p50_ratio(measured, alone)),
        Goal(text.format("p99"), "at most", 1.5, _p99_ratio(measured, alone)),
    ]


def _p50_ratio(measured: Measured, alone: list[Alone]) -> Estimate:
    baseline = [loop.p50 + own.p50 for loop, own in zip(measured[EXACTLY_ONCE], alone, strict=True)]
    return ratio([latency.p50 for latency in measured[WORKER]], baseline)


def _p99_ratio(measured: Measured, alone: list[Alone]) -> Estimate:
    baseline = [loop.p99 + own.p99 for loop, own in zip(measured[EXACTLY_ONCE], alone, strict=True)]
    return ratio([latency.p99 for latency in measured[WORKER]], baseline)


def _model_note(alone: list[Alone]) -> str:
    p50, p99 = (percentile(of, 50) for of in zip(*alone, strict=True))
    return f"The model's own time, one image alone in memory: p50 {p50:.2f} ms, p99 {p99:.2f} ms."


def _overload_notes(measured: dict[int, Measured]) -> list[str]:
    return [
        f"At {rate}/s the images come faster than the model judges them here: this is a backlog's length."
        for rate, of in measured.items()
        if percentile([latency.p50 for latency in of[WORKER]], 50) > _BACKLOG_MS
    ]
