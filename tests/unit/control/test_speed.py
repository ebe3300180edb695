"""How fast a replay goes."""

from datetime import UTC, datetime, timedelta

import pytest

from umbra.control.replaying import Speed

AT = datetime(2026, 11, 24, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_what_stands_still_has_no_speed() -> None:
    speed = Speed()
    assert speed.of(10, at(0)) is None
    assert speed.of(10, at(5)) is None


def test_the_last_minute_counts() -> None:
    speed = Speed()
    speed.of(0, at(0))
    assert speed.of(100, at(10)) == 10
    for second in range(11, 80):
        speed.of(100 + 2 * (second - 10), at(second))
    assert speed.of(240, at(80)) == pytest.approx(2.0)
