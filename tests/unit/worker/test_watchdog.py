"""When a process counts as hanging."""

from umbra.worker.flights import Flights
from umbra.worker.metrics import Metrics
from umbra.worker.pace import Pace
from umbra.worker.watchdog import Watchdog


def make() -> tuple[Watchdog, Flights, Metrics, Pace]:
    flights, metrics, pace = Flights(), Metrics(), Pace()
    return Watchdog(flights, metrics, pace), flights, metrics, pace


def test_idle_is_not_hanging() -> None:
    watchdog, *_ = make()
    assert [watchdog.look(now) for now in (0.0, 100.0, 1000.0)] == [None, None, None]


def test_nothing_finished_for_twenty_seconds_is() -> None:
    watchdog, flights, *_ = make()
    flights.take_off(0.0)
    assert [watchdog.look(now) for now in (0.0, 10.0, 20.0)] == [None, None, None]
    assert "21 s" in (watchdog.look(21.0) or "")


def test_a_move_begins_the_count_anew() -> None:
    watchdog, flights, metrics, _ = make()
    flights.take_off(0.0)
    watchdog.look(0.0)
    metrics.inferred(1, 0.1)
    assert [watchdog.look(now) for now in (19.0, 38.0)] == [None, None]
    assert watchdog.look(40.0) is not None


def test_a_model_of_three_seconds_an_image_gets_a_minute() -> None:
    watchdog, flights, _, pace = make()
    pace.expect("slow@1", 3.0)
    flights.take_off(0.0)
    assert [watchdog.look(now) for now in (0.0, 59.0)] == [None, None]
    assert watchdog.look(61.0) is not None


def test_time_before_the_flight_does_not_count() -> None:
    watchdog, flights, *_ = make()
    watchdog.look(0.0)
    watchdog.look(99.0)
    flights.take_off(0.0)
    assert watchdog.look(100.0) is None
