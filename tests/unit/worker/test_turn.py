"""A replay's turn, by a clock that only moves when somebody sleeps or computes."""

from collections.abc import Callable

import pytest

from umbra.worker.turn import Bounds, Turn


class Machine:
    """Attributes:
    at: seconds; computed: seconds this process has computed; slept: those it has not.
    """

    def __init__(self) -> None:
        self.at = 100.0
        self.computed = 7.0
        self.slept = 0.0

    def compute(self, seconds: float) -> None:
        self.at += seconds
        self.computed += seconds

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept += seconds

    def turn(self, bounds: Bounds, held_up: Callable[[], bool] = lambda: False) -> Turn:
        return Turn(bounds, held_up, lambda: self.at, lambda: self.computed, self.sleep)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_without_bounds_it_is_always_its_turn(machine: Machine) -> None:
    turn = machine.turn(Bounds(None, None))
    for _ in range(10):
        assert turn.come(8, 1.0)
        machine.compute(1.0)
    assert machine.slept == 0


def test_a_rate_is_kept_to_and_not_saved_up(machine: Machine) -> None:
    turn = machine.turn(Bounds(10.0, None))
    began = machine.at
    for _ in range(5):
        while not turn.come(10, 0.3):
            pass
    assert machine.at - began == pytest.approx(4.0)
    machine.sleep(60.0)
    began = machine.at
    for _ in range(3):
        while not turn.come(10, 0.3):
            pass
    assert machine.at - began == pytest.approx(2.0)


def test_a_share_of_a_core_is_kept_to(machine: Machine) -> None:
    turn = machine.turn(Bounds(None, 0.25))
    began, computed = machine.at, machine.computed
    for _ in range(50):
        while not turn.come(8, 1.0):
            pass
        machine.compute(0.1)
    share = (machine.computed - computed) / (machine.at - began)
    assert share == pytest.approx(0.25, rel=0.07)


def test_it_waits_as_long_as_the_live_workers_are_behind(machine: Machine) -> None:
    behind = [True, True, True, True, True, True, False]
    turn = machine.turn(Bounds(None, None), lambda: behind.pop(0))
    assert not turn.come(8, 0.5)
    assert turn.come(8, 5.0)
    assert machine.slept == pytest.approx(0.9)
