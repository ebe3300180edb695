"""Does the champion notice its shadows, or a replay?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from benchmarks import detectors
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import Installation
from benchmarks.passage import steady
from benchmarks.process import READY_S, Process, ready
from benchmarks.results import Answer, Row
from benchmarks.sightings import Sighting, Sightings, milliseconds
from benchmarks.statistics import estimate, percentile, ratio
from benchmarks.traffic import land_at
from umbra.core.names import CHAMPION
from umbra.kafka.producer import Producer
from umbra.local.readiness import wait_until
from umbra.worker.niceness import SHADOW_NICE
from umbra.worker.turn import SHARE

SHADOWS = ("shadow", "shadow-b", "shadow-c")
NONE, REPLAY = "no shadow", "a replay"
SHADOWED = {NONE: 0, "1 shadow": 1, "3 shadows": 3}

_RATE = 100
_DRAIN_S = 120.0


class Served(NamedTuple):
    """How the champion did.

    Attributes:
        per_second: images, over a burst.
        p50, p99: ms from landed to visible, at an easy pace.
    """

    per_second: float
    p50: float
    p99: float


class Champion:
    """The champion's worker, its images and its reader."""

    def __init__(self, installation: Installation, stack: ExitStack) -> None:
        self._installation = installation
        self._producer = stack.enter_context(Producer(installation.kafka))
        self._sightings = stack.enter_context(Sightings(installation))
        self._process: Process = stack.enter_context(
            ready(installation.ground, "services.champion_worker", _environ(installation, CHAMPION))
        )

    def serve(self, effort: Effort) -> Served:
        """A burst, then images at an easy pace."""
        seen = len(self._sightings.values)
        self._installation.land(effort.burst)
        burst = self._seen(seen, effort.burst)
        passage = steady([sighting.seen_at for sighting in burst], self._process.clock)

        landed = land_at(self._installation, self._producer, _RATE, effort.paced_s)
        ms = milliseconds(self._seen(seen + effort.burst, landed))
        return Served(passage.per_second, percentile(ms, 50), percentile(ms, 99))

    def _seen(self, first: int, count: int) -> list[Sighting]:
        if not self._sightings.wait_for(first + count, _DRAIN_S):
            raise AssertionError(f"{len(self._sightings.values) - first} of {count} images came out.")
        return self._sightings.read(first)


def measure(ground: Ground, effort: Effort) -> Answer:
    installation = Installation(ground, (CHAMPION, *SHADOWS))
    shadow = detectors.digits_shadow()
    installation.put_in_force({CHAMPION: detectors.digits(), **dict.fromkeys(SHADOWS, shadow)})
    served: dict[str, list[Served]] = defaultdict(list)
    with ExitStack() as stack:
        champion = Champion(installation, stack)
        champion.serve(effort)  # and gives the shadows something to be behind with
        for _ in range(effort.repeats):
            for name, count in SHADOWED.items():
                with _shadows(installation, count):
                    served[name].append(champion.serve(effort))
            with _replay(installation):
                served[REPLAY].append(champion.serve(effort))
    return Answer(
        "isolation",
        "The champion beside its shadows, and beside a replay",
        [_row(name, served) for name in (*SHADOWED, REPLAY)],
        notes=[
            f"The replay is of the shadow's model and holds back as by default: {SHARE:.0%} of a core.",
            f"Shadows run at nice {SHADOW_NICE} and are behind, so they take every moment they can get.",
            f"images/s: a burst of {effort.burst}; p50, p99: landed → visible, at {_RATE} images/s.",
        ],
    )


def _shadows(installation: Installation, count: int) -> ExitStack:
    """So many shadow workers, ready."""
    with ExitStack() as stack:
        for slot in SHADOWS[:count]:
            environ = _environ(installation, slot) | {"UMBRA_NICE": str(SHADOW_NICE)}
            stack.enter_context(ready(installation.ground, "services.shadow_worker", environ))
        return stack.pop_all()


@contextmanager
def _replay(installation: Installation) -> Iterator[None]:
    """A replay of all that is in the log, under way."""
    with ready(installation.ground, "services.replay_worker", _environ(installation, CHAMPION)):
        replay = installation.replay(detectors.digits_shadow())
        writer = installation.control_writer()
        writer.publish_replay(replay)
        before = installation.unjudged(replay.slot)
        wait_until({"the replay": lambda: installation.unjudged(replay.slot) < before}, READY_S)
        yield
        if not installation.unjudged(replay.slot):
            raise AssertionError("The replay was done before the champion was measured.")
        writer.publish_replay(replay.settle("cancelled"))


def _environ(installation: Installation, slot: str) -> dict[str, str]:
    return installation.environ(UMBRA_SLOT=slot, UMBRA_WORKER_INDEX="0")


def _row(name: str, served: Mapping[str, list[Served]]) -> Row:
    mine, none = served[name], served[NONE]
    figures = {
        "images/s": estimate([one.per_second for one in mine]),
        "p50 ms": estimate([one.p50 for one in mine]),
        "p99 ms": estimate([one.p99 for one in mine]),
    }
    if name != NONE:
        figures |= {
            "images/s of none": ratio([one.per_second for one in mine], [one.per_second for one in none]),
            "p99 of none": ratio([one.p99 for one in mine], [one.p99 for one in none]),
        }
    return Row(name, figures)
