from datetime import UTC, datetime, timedelta

import pytest

from umbra.core.judgement import LandingKey
from umbra.core.trail import trail
from umbra.core.window import window

NOW = datetime(2026, 11, 22, 19, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "step_s"), [("10s", 10), ("2m", 10), ("15m", 40), ("1h", 160), ("24h", 3840)]
)
def test_a_window_has_about_24_steps(length: str, step_s: int) -> None:
    found = trail(window(NOW, length))

    assert (found.step_s, found.span_s) == (step_s, 6 * step_s)
    assert len(found.begins) <= 26
    assert all(begin % step_s == 0 for begin in found.begins)


def test_steps_stay_while_the_window_moves() -> None:
    steps = [set(trail(window(NOW + timedelta(seconds=s), "1h")).begins) for s in (0, 30, 200)]

    assert len(steps[0] & steps[1]) >= 22
    assert len(steps[0] & steps[2]) >= 21


def test_a_step_has_what_landed_in_the_span_before_its_end() -> None:
    found = trail(window(NOW, "15m"))
    begin = found.begins[10]
    landings = [
        LandingKey(datetime.fromtimestamp(begin + s, UTC), 0, n)
        for n, s in enumerate((-200, -199, 0, 39, 40))
    ]

    ranges = found.of(landings)

    assert ranges[10] == (0, 4)
    assert ranges[11] == (2, 5)
    assert ranges[9] == (0, 2)
    assert found.of([]) == [(0, 0)] * len(found.begins)
