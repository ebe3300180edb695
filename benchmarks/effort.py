"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """
    Attributes:
        repeats: of everything, in turn with its baseline.
        rounds: in each of which every way has a turn.
        turn_s: how long a turn is.
        images: of the backlog a worker has turns at, of the digits detector.
        heavy_images: the same, of the heavy detector.
        seconds: of images landing at each rate: images per second to how long.
        predictions: on each prediction topic, for the monitor to catch up with.
        burst: images of one burst at the champion beside its shadows.
        paced_s: how long images then land at an easy pace.
        kills: of a worker.
        proven: images that `umbra verify-stream` reads.
        evaluated: reviewed images of an evaluation.
        switches: of the champion, in each repeat and at each rate.
        loads: of a large model beside the one that serves.
        deployments: in force when a worker starts.
    """

    name: str
    repeats: int
    rounds: int
    turn_s: float
    images: int
    heavy_images: int
    seconds: dict[int, float]
    predictions: int
    burst: int
    paced_s: float
    kills: int
    proven: int
    evaluated: tuple[int, ...]
    switches: int
    loads: int
    deployments: int


FULL = Effort(
    "full",
    repeats=5,
    rounds=15,
    turn_s=1.5,
    images=30_000,
    heavy_images=6_500,
    seconds={50: 5.0, 500: 3.0, 2000: 2.0},
    predictions=20_000,
    burst=3_000,
    paced_s=4.0,
    kills=3,
    proven=500_000,
    evaluated=(1_000, 10_000, 50_000),
    switches=20,
    loads=5,
    deployments=200,
)
QUICK = Effort(
    "quick",
    repeats=1,
    rounds=5,
    turn_s=1.0,
    images=8_000,
    heavy_images=2_000,
    seconds={50: 3.0, 500: 2.0, 2000: 1.5},
    predictions=10_000,
    burst=1_500,
    paced_s=2.0,
    kills=1,
    proven=20_000,
    evaluated=(1_000, 10_000),
    switches=5,
    loads=1,
    deployments=50,
)
