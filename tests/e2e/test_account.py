"""The account of exits itself: what no kill explains is found."""

import time
from pathlib import Path

import pytest

from tests.e2e.chaos import BROKER_FALLOUT_S, Kill, unexplained
from tests.e2e.exits import FAILED, KILLED, Exit, Exits
from tests.e2e.system import until

TIMED_OUT = "CRITICAL umbra.worker.crew: The worker ends: umbra.champion-0: _TIMED_OUT: Broker: no answer."
BUG = "CRITICAL umbra.worker.crew: The worker ends: commit: KeyError: 3"
KAFKA_AT_10 = Kill("kafka", 10.0)


def failed(name: str, at: float, *said: str) -> Exit:
    return Exit(name, FAILED, at, said)


@pytest.mark.parametrize(
    ("exit", "kills", "explained"),
    [
        (Exit("monitor", KILLED, 5.0, ()), [], False),
        (Exit("monitor", KILLED, 5.0, ()), [Kill("monitor", 4.0)], True),
        (Exit("monitor", KILLED, 5.0, ()), [Kill("monitor", 6.0)], False),
        (Exit("monitor", KILLED, 5.0, ()), [Kill("champion_worker", 4.0)], False),
        (Exit("monitor", "ended with exit code 2", 5.0, ()), [Kill("monitor", 4.0)], False),
        (failed("champion_worker", 11.0, TIMED_OUT), [KAFKA_AT_10], True),
        (failed("champion_worker", 9.0, TIMED_OUT), [KAFKA_AT_10], False),
        (failed("champion_worker", 11.0 + BROKER_FALLOUT_S, TIMED_OUT), [KAFKA_AT_10], False),
        (failed("champion_worker", 11.0, BUG), [KAFKA_AT_10], False),
        (failed("champion_worker", 11.0, TIMED_OUT), [Kill("champion_worker", 10.0)], False),
        (failed("api", 11.0, TIMED_OUT), [KAFKA_AT_10], False),
        (failed("kafka", 11.0), [KAFKA_AT_10], False),
    ],
)
def test_an_exit_is_explained_by_a_kill_or_by_nothing(exit: Exit, kills: list[Kill], explained: bool) -> None:
    assert unexplained([exit], kills) == ([] if explained else [exit])


def test_a_kill_explains_one_exit() -> None:
    twice = [Exit("monitor", KILLED, at, ()) for at in (5.0, 6.0)]

    assert unexplained(twice, [Kill("monitor", 4.0)]) == twice[1:]


def test_an_exit_comes_with_what_its_process_said_last(tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    log.write_text("umbra           | api ended with exit code 1; starts again at once.\n")
    before = time.monotonic()
    with Exits(log) as exits, log.open("a") as up:
        up.write(f"api             | hello\nchampion_worker | {TIMED_OUT}\numbra           | champion_wor")
        up.flush()
        up.write("ker ended with exit code 1; starts again in 1 s.\n")
        up.flush()
        until(lambda: exits.seen)

    (exit,) = exits.seen
    assert (exit.name, exit.how, exit.last_lines) == ("champion_worker", FAILED, (TIMED_OUT,))
    assert before <= exit.at <= time.monotonic()
    assert TIMED_OUT in str(exit)
