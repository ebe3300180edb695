import threading
from itertools import count

import pytest

from services.monitor.sources import SourcesRemade
from services.monitor.watchdog import Ends, Standstill, watch_until
from umbra.core.errors import Retryable

GROWING: list[Ends] = [{("t", 0): second} for second in range(100)]


def first_seen(progress: list[int], behind: list[bool], ends: list[Ends]) -> int | None:
    """The second at which a look each second finds a standstill of more than 10 s."""
    standstill = Standstill(10.0)
    for second, look in enumerate(zip(progress, behind, ends, strict=True)):
        if standstill.seen(*look, now_s=float(second)):
            return second
    return None


@pytest.mark.parametrize(
    ("progress", "behind", "ends", "second"),
    [
        ([], [], [], None),
        # Nothing to do for long is no standstill.
        ([5] * 30, [False] * 30, [GROWING[3]] * 30, None),
        # The log grows, and nothing is applied.
        ([5] * 30, [False] * 30, GROWING[:30], 11),
        # The consumer knows of records, and nothing is applied.
        ([5] * 30, [True] * 30, [GROWING[3]] * 30, 11),
        # All is well: it grows and is applied.
        (list(range(30)), [True] * 30, GROWING[:30], None),
        # Slow, yet moving.
        ([second // 9 for second in range(60)], [True] * 60, GROWING[:60], None),
        # Partitions that were given away are no growth.
        ([5] * 30, [False] * 30, [GROWING[9], *[{("t", 1): 3}] * 29], None),
    ],
)
def test_standstill(progress: list[int], behind: list[bool], ends: list[Ends], second: int | None) -> None:
    assert first_seen(progress, behind, ends) == second


class Still:
    """A monitor that has records before it and applies none.

    Attributes:
        looks: how often it was looked at.
        looked_often: set when that was often.
    """

    def __init__(self) -> None:
        self.looks = 0
        self.looked_often = threading.Event()

    def check_sources(self) -> None:
        self.looks += 1
        if self.looks > 50:
            self.looked_often.set()

    def check_membership(self) -> None:
        """The brokers let it in."""

    def waits_rightly(self) -> bool:
        return False

    def progress(self) -> int:
        return 7

    def behind(self) -> bool:
        return True

    def ends(self) -> Ends:
        return {("t", 0): 9}


class Moving(Still):
    def progress(self) -> int:
        return self.looks


class WithoutPostgres(Still):
    def waits_rightly(self) -> bool:
        return True


class WithoutKafka(Still):
    def ends(self) -> Ends:
        raise Retryable("Kafka is away.")


class Idle(Still):
    def behind(self) -> bool:
        return False


class Unaware(Idle):
    """Its consumer knows of no record, yet the log grows."""

    def __init__(self) -> None:
        super().__init__()
        self._grows = count()

    def ends(self) -> Ends:
        return {("t", 0): next(self._grows)}


class Remade(Moving):
    def check_sources(self) -> None:
        super().check_sources()
        raise SourcesRemade("Prediction topics were made anew.")


def reasons_to_end(monitor: Still, after_s: float) -> list[str]:
    """What a watchdog says of the monitor until it ends it, or has looked often."""
    reasons, stop = list[str](), monitor.looked_often
    watch_until(stop, monitor, after_s, reasons.append, every_s=0.001)
    return reasons


@pytest.mark.parametrize(
    ("monitor", "after_s", "reason"),
    [
        (Still(), 0.0, "Predictions wait and none was applied"),
        (Unaware(), 0.0, "Predictions wait and none was applied"),
        (Remade(), 3600.0, "made anew"),
    ],
)
def test_a_monitor_that_stands_still_is_ended_once_with_the_reason(
    monitor: Still, after_s: float, reason: str
) -> None:
    (said,) = reasons_to_end(monitor, after_s)

    assert reason in said


@pytest.mark.parametrize("monitor", [Moving(), Idle(), WithoutPostgres(), WithoutKafka()])
def test_a_monitor_that_moves_or_has_to_wait_is_left_alone(monitor: Still) -> None:
    assert reasons_to_end(monitor, 0.0) == []
    assert monitor.looks > 50
