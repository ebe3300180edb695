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


FULL = Effort("full", 5, 15, 1.5, 30_000, 6_500, {50: 5.0, 500: 3.0, 2000: 2.0}, 20_000, 3_000, 4.0, 3)
QUICK = Effort("quick", 1, 5, 1.0, 8_000, 2_000, {50: 3.0, 500: 2.0, 2000: 1.5}, 10_000, 1_500, 2.0, 1)
