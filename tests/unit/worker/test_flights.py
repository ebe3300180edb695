"""The bound of what is in flight."""

import threading

from umbra.worker.epoch import Epoch
from umbra.worker.flights import Flights


def test_there_is_room_for_so_many_and_then_for_none() -> None:
    flights = Flights(2)
    assert [flights.take_off(0.0) for _ in range(3)] == [True, True, False]
    assert not flights.drained(0.0)
    flights.land()
    assert flights.take_off(0.0)
    flights.land()
    flights.land()
    assert flights.drained(0.0)


def test_a_landing_makes_room_for_who_waits() -> None:
    flights = Flights(1)
    flights.take_off(0.0)
    threading.Timer(0.05, flights.land).start()
    assert flights.take_off(5.0)


def test_an_epoch_dies_once_and_after_its_transaction() -> None:
    epoch = Epoch()
    in_transaction, ended = threading.Event(), threading.Event()

    def transact() -> None:
        with epoch.alive:
            in_transaction.set()
            ended.wait(0.1)
            assert epoch.dead is None
        ended.set()

    thread = threading.Thread(target=transact)
    thread.start()
    in_transaction.wait(5)
    epoch.kill("first")
    thread.join()
    epoch.kill("second")
    assert epoch.dead == "first"
