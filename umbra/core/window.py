"""A stretch of time, cut into steps of whole buckets."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from umbra.core.buckets import BUCKET_S
from umbra.core.errors import Refused

_DURATION = re.compile(r"([1-9][0-9]{0,5})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_MOST = 1_000_000
"""Six digits are read."""
_LONGEST_S = 3_660 * 86_400
_STEPS = 90
_MOST_STEPS = 1500
_SETTLING_S = 5
"""A prediction usually is in its bucket this long after its image landed."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`, both on a step's edge.

    Attributes:
        complete_until: figures behind it may still grow.
    """

    start: datetime
    end: datetime
    step_s: int
    complete_until: datetime

    @property
    def length_s(self) -> int:
        return int((self.end - self.start).total_seconds())

    @property
    def times(self) -> list[int]:
        """Where each step begins, epoch seconds."""
        return list(range(int(self.start.timestamp()), int(self.end.timestamp()), self.step_s))


def window(now: datetime, length: str, step: str | None = None) -> Window:
    """The last `length` before `now`.

    Args:
        length, step: like `30s`, `15m`, `24h`, `7d`; without a step there are about 90 of them.

    Raises:
        Refused: not a duration, or a step that is no multiple of 10 s, makes too many steps or none.
    """
    length_s = seconds(length)
    step_s = seconds(step) if step else max(BUCKET_S, -(-length_s // _STEPS // BUCKET_S) * BUCKET_S)
    if step_s % BUCKET_S:
        raise Refused(f"Step {step} is no multiple of {BUCKET_S} s, in which figures are kept.")
    if step and step_s > length_s:
        raise Refused(f"A step of {step} is longer than the window of {length}: choose a shorter one.")
    if length_s / step_s > _MOST_STEPS:
        raise Refused(f"Steps of {step_s} s over {length} are more than {_MOST_STEPS}: choose longer ones.")
    end = -(-int(now.timestamp()) // step_s) * step_s
    start = (int(now.timestamp()) - length_s) // step_s * step_s
    complete_until = (int(now.timestamp()) - _SETTLING_S) // BUCKET_S * BUCKET_S
    return Window(_at(start), _at(end), step_s, _at(complete_until))


def seconds(duration: str) -> int:
    """How long `15m` is.

    Raises:
        Refused: it has another form, or is longer than ten years.
    """
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise Refused(f"{duration!r} is no duration: write it like 30s, 15m, 24h or 7d.")
    length_s = int(match.group(1)) * _SECONDS[match.group(2)]
    if length_s > _LONGEST_S:
        raise Refused(f"{duration} is longer than ten years.")
    return length_s


def written(length_s: float) -> str:
    """The shortest duration that `seconds` reads and that is not shorter: `86_401` is `86401s`; ten years at
    most."""
    for unit, size in _SECONDS.items():
        if (number := max(1, math.ceil(length_s / size))) < _MOST:
            return f"{min(number, _LONGEST_S // size)}{unit}"
    return f"{_LONGEST_S // _SECONDS['d']}d"


def _at(epoch_s: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch_s)
