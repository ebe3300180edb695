"""What does the champion lose while a model of 200 MB is loaded beside it?"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks import detectors
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import NAME, Installation
from benchmarks.process import ready
from benchmarks.results import Answer, Row
from benchmarks.sightings import Sighting, Sightings, milliseconds
from benchmarks.statistics import estimate, percentile, ratio
from benchmarks.traffic import Traffic
from umbra.contracts.worker_status import worker_status_decoder
from umbra.core.names import CHAMPION
from umbra.kafka.follow import Follower

_RATE = 100
_WARM_S = 1.0
_STEADY_S = 4.0
_LOADED_S = 60.0
_DRAIN_S = 120.0


class Loaded(NamedTuple):
    """Seconds since the epoch."""

    began_at: float
    ready_at: float

    @property
    def seconds(self) -> float:
        return self.ready_at - self.began_at


class Champion:
    """A champion's worker that is told to get ready for other models, and never has to serve them."""

    def __init__(self, ground: Ground, stack: ExitStack) -> None:
        self.installation = Installation(ground)
        self.installation.put_in_force({CHAMPION: detectors.digits()})
        self.sightings = stack.enter_context(Sightings(self.installation))
        environ = self.installation.environ(UMBRA_WORKER_INDEX="0")
        stack.enter_context(ready(ground, "services.champion_worker", environ))
        self._writer = self.installation.control_writer()
        self._workers = Follower(self.installation.kafka, self.installation.kafka.topics.workers)
        self._revision = 1

    def load(self) -> Loaded:
        """Stage a revision with a large model, and give it up once the worker is ready."""
        self._revision += 1
        staged = self.installation.revision(self._revision, {CHAMPION: detectors.large(self._revision)}, NAME)
        began_at = time.time()
        self._writer.publish([staged])
        self._wait_until_ready(staged.key)
        loaded = Loaded(began_at, time.time())
        self._writer.publish([staged.fail("It was only to be loaded.")])
        return loaded

    def _wait_until_ready(self, key: str) -> None:
        deadline = time.monotonic() + _LOADED_S
        while time.monotonic() < deadline:
            for record in self._workers.poll(0.1):
                if record.value and worker_status_decoder.decode(record.value).revisions.get(key) == "ready":
                    return
        raise AssertionError(f"The worker was not ready for {key} within {_LOADED_S:g} s.")


def measure(ground: Ground, effort: Effort) -> Answer:
    loads: list[Loaded] = []
    ms: list[tuple[float, float]] = []
    per_second: list[tuple[float, float]] = []
    with ExitStack() as stack:
        champion = Champion(ground, stack)
        for _ in range(effort.loads):
            loaded, seen = _paced(champion)
            loads.append(loaded)
            ms.append(_p99(seen, loaded))
            per_second.append(_busy(champion, effort))
    beside, alone = zip(*ms, strict=True)
    loading, otherwise = zip(*per_second, strict=True)
    size = len(detectors.large().file) // 1_000_000
    return Answer(
        "loading",
        f"The champion while a model of {size} MB is loaded beside it",
        [
            Row("staged → ready", {"s": estimate([loaded.seconds for loaded in loads])}),
            Row(
                f"champion's p99 ms at {_RATE} images/s",
                {
                    "alone": estimate(alone),
                    "while it loads": estimate(beside),
                    "ratio": ratio(beside, alone),
                },
            ),
            Row(
                "images/s over a backlog",
                {
                    "alone": estimate(otherwise),
                    "while it loads": estimate(loading),
                    "ratio": ratio(loading, otherwise),
                },
            ),
        ],
    )


def _paced(champion: Champion) -> tuple[Loaded, list[Sighting]]:
    """A load while images land at an easy pace; without the first second, when the producer warms up."""
    first = len(champion.sightings.values)
    with Traffic(champion.installation, _RATE) as traffic:
        time.sleep(_WARM_S)
        warm = len(champion.sightings.values)
        time.sleep(_STEADY_S)
        loaded = champion.load()
    champion.sightings.wait_for(first + traffic.landed, _DRAIN_S)
    return loaded, champion.sightings.read(warm)


def _p99(seen: Sequence[Sighting], loaded: Loaded) -> tuple[float, float]:
    """While it loaded, and before."""
    during = [s for s in seen if loaded.began_at <= s.landed_at <= loaded.ready_at]
    before = [s for s in seen if s.landed_at < loaded.began_at]
    return percentile(milliseconds(during), 99), percentile(milliseconds(before), 99)


def _busy(champion: Champion, effort: Effort) -> tuple[float, float]:
    """Images a second while it loads, and around that, over one backlog."""
    first = len(champion.sightings.values)
    champion.installation.land(effort.images)
    champion.sightings.wait_for(first + effort.images // 10, _DRAIN_S)
    loaded = champion.load()
    if not champion.sightings.wait_for(first + effort.images, _DRAIN_S):
        raise AssertionError("The backlog was not judged in time.")
    moments = sorted(seen.seen_at for seen in champion.sightings.read(first))
    # The first and the last of them are a pipeline filling and running dry.
    moments = moments[len(moments) // 20 : len(moments) * 95 // 100]
    during = sum(loaded.began_at <= at <= loaded.ready_at for at in moments)
    rest_s = moments[-1] - moments[0] - loaded.seconds
    return during / loaded.seconds, (len(moments) - during) / rest_s
