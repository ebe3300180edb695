from datetime import UTC, datetime

import pytest

from umbra.core.errors import Refused
from umbra.core.window import seconds, window, written

NOW = datetime(2026, 11, 22, 19, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "step", "step_s", "steps"),
    [
        ("30s", None, 10, 4),
        ("15m", None, 10, 91),
        ("1h", None, 40, 91),
        ("24h", None, 960, 91),
        ("15m", "30s", 30, 31),
    ],
)
def test_a_window_is_whole_steps_round_the_time_asked_for(
    length: str, step: str | None, step_s: int, steps: int
) -> None:
    found = window(NOW, length, step)

    assert (found.step_s, len(found.times)) == (step_s, steps)
    assert found.start <= NOW < found.end
    assert found.start.timestamp() % step_s == found.end.timestamp() % step_s == 0
    assert (NOW - found.start).total_seconds() >= seconds(length)
    assert found.complete_until == NOW.replace(second=0)


@pytest.mark.parametrize(
    ("length", "step"),
    [
        ("", None),
        ("15", None),
        ("0s", None),
        ("15m", "7s"),
        ("7d", "10s"),
        ("5m", "1h"),
        ("1y", None),
        ("9999d", None),
    ],
)
def test_an_unfit_one_is_refused(length: str, step: str | None) -> None:
    with pytest.raises(Refused):
        window(NOW, length, step)


@pytest.mark.parametrize(
    ("length_s", "text"),
    [
        (0, "1s"),
        (59.2, "60s"),
        (86_401, "86401s"),
        (999_999, "999999s"),
        (1_000_000, "16667m"),
        (300_000_000, "83334h"),
        (10**12, "3660d"),
    ],
)
def test_a_length_is_written_so_that_it_is_read_again_and_nothing_is_left_out(
    length_s: float, text: str
) -> None:
    assert written(length_s) == text
    assert seconds(text) >= min(length_s, 3_660 * 86_400)
