"""How soon after a SIGKILL of a worker are its partitions served again?"""

import time

from benchmarks import detectors
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import PARTITIONS, Installation
from benchmarks.process import Process, ready
from benchmarks.results import Answer, Goal, Row
from benchmarks.sightings import Sighting, Sightings
from benchmarks.statistics import estimate
from benchmarks.traffic import Traffic
from umbra.core.names import CHAMPION
from umbra.local.backoff import HEALTHY_S

_RATE = 50
_SETTLED_S = 2.0
_BACK_S = 30.0


def measure(ground: Ground, effort: Effort) -> Answer:
    installation = Installation(ground)
    installation.put_in_force({CHAMPION: detectors.digits()})
    with (
        ready(ground, "services.champion_worker", installation.environ(UMBRA_WORKER_INDEX="0")) as process,
        Sightings(installation) as sightings,
        Traffic(installation, _RATE),
    ):
        seconds = [_killed(process, sightings) for _ in range(effort.kills)]
    served = estimate(seconds)
    return Answer(
        "recovery",
        f"SIGKILL of a worker with {PARTITIONS} partitions, {_RATE} images/s, its supervisor starts it again",
        [Row("until an image of each partition that landed afterwards is judged", {"s": served})],
        [Goal("seconds until the partitions of a killed worker are served again:", "at most", 3.0, served)],
    )


def _killed(process: Process, sightings: Sightings) -> float:
    """Kill it once it serves all partitions; the seconds until it does so again."""
    _served_from(sightings, time.time())
    # A process that ended soon after its start is not started again at once: that is not measured here.
    time.sleep(HEALTHY_S if process.starts > 1 else _SETTLED_S)
    killed_at = time.time()
    process.kill()
    return _served_from(sightings, killed_at) - killed_at


def _served_from(sightings: Sightings, since: float) -> float:
    """When of every partition an image that landed after `since` had been judged."""
    deadline = time.monotonic() + _BACK_S
    while time.monotonic() < deadline:
        first: dict[int, Sighting] = {}
        for sighting in sightings.read():
            if sighting.landed_at > since:
                first.setdefault(sighting.partition, sighting)
        if len(first) == PARTITIONS:
            return max(sighting.seen_at for sighting in first.values())
        time.sleep(0.02)
    raise AssertionError(f"Not all partitions were served again within {_BACK_S:g} s.")
