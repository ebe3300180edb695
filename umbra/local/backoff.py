"""How long to wait before a process that ended is started again."""

FIRST_S = 0.5
LONGEST_S = 15.0
HEALTHY_S = 10.0
"""A process that ran this long was healthy: its next start is at once again."""


class Backoff:
    """0, then 0.5, 1, 2, … 15 s; from the beginning after a run of HEALTHY_S."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def pause_s(self, ran_s: float) -> float:
        """The pause after a run of `ran_s` seconds."""
        pause_s = 0.0 if ran_s >= HEALTHY_S else self._next_s
        self._next_s = min(max(FIRST_S, 2 * pause_s), LONGEST_S)
        return pause_s
