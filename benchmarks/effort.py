"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """
    Attributes:
        repeats: of everything, in turn with its baseline.
        images: of one pass over a backlog, of the digits detector.
        heavy_images: the same, of the heavy detector.
        seconds: of images landing at each rate: images per second to how long.
        predictions: on each prediction topic, for the monitor to catch up with.
        burst: images of one burst at the champion beside its shadows.
        paced_s: how long images then land at an easy pace.
        kills: of a worker.
    """

    name: str
    repeats: int
    images: int
    heavy_images: int
    seconds: dict[int, float]
    predictions: int
    burst: int
    paced_s: float
    kills: int


FULL = Effort("full", 5, 3_000, 300, {50: 5.0, 500: 3.0, 2000: 2.0}, 20_000, 3_000, 4.0, 3)
QUICK = Effort("quick", 1, 1_500, 100, {50: 3.0, 500: 2.0, 2000: 1.5}, 10_000, 1_500, 2.0, 1)
