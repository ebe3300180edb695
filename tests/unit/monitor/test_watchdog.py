import pytest

from services.monitor.watchdog import Ends, Standstill

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
