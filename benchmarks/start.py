"""How soon does a worker judge images when there are many deployments?"""

import time

from benchmarks import detectors
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import NAME, Installation
from benchmarks.process import running
from benchmarks.results import Answer, Row
from benchmarks.sightings import Sightings
from benchmarks.statistics import Estimate, estimate, ratio
from umbra.core.names import CHAMPION

SLOTS = (CHAMPION, "shadow", "shadow-b")

_IMAGES = 20
_FIRST_S = 120.0


def measure(ground: Ground, effort: Effort) -> Answer:
    few, many = _installed(ground, 1), _installed(ground, effort.deployments)
    alone, among = [], []
    for _ in range(max(2, effort.repeats)):
        alone.append(_first_s(few))
        among.append(_first_s(many))
    return Answer(
        "start",
        f"A champion worker from its start to its first image, {len(SLOTS)} slots a deployment",
        [
            Row("1 deployment", {"s": estimate(alone)}),
            Row(f"{effort.deployments} deployments", _among(among, alone)),
        ],
        notes=["Every deployment has ModelVersions of its own; the images are of one that is among them."],
    )


def _among(among: list[float], alone: list[float]) -> dict[str, Estimate]:
    return {"s": estimate(among), "of one": ratio(among, alone)}


def _installed(ground: Ground, deployments: int) -> Installation:
    installation = Installation(ground, SLOTS)
    others = [f"other-{number}" for number in range(deployments - 1)]
    installation.put_in_force(
        {
            CHAMPION: detectors.digits(),
            **dict.fromkeys(SLOTS[1:], detectors.digits_shadow()),
        },
        [*others, NAME],
    )
    return installation


def _first_s(installation: Installation) -> float:
    """Seconds until an image is judged that waited for a worker."""
    installation.land(_IMAGES)
    with Sightings(installation) as sightings:
        began = time.perf_counter()
        with running(
            installation.ground,
            ["services.champion_worker"],
            installation.environ(UMBRA_WORKER_INDEX="0"),
        ):
            if not sightings.wait_for(_IMAGES, _FIRST_S):
                raise AssertionError("No image was judged in time.")
            return time.perf_counter() - began
