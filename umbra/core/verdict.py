"""What the reviews say of a shadow against its champion."""

from typing import Literal

from umbra.core.resampling import Interval

Verdict = Literal["better", "worse", "no difference seen", "not enough reviews"]

ENOUGH_IMAGES = 30
"""Reviewed images that both are evaluated on; of fewer the interval is too narrow to rest a verdict on."""


def verdict(images: int, interval: Interval | None) -> Verdict:
    """By where the 95 % interval of shadow - champion lies: above 0, below, or around it."""
    if images < ENOUGH_IMAGES or interval is None:
        return "not enough reviews"
    low, high = interval
    if low > 0:
        return "better"
    return "worse" if high < 0 else "no difference seen"
