import logging

from umbra.kafka.quiet import Seldom


def record(at_s: float, *args: str) -> logging.LogRecord:
    made = logging.LogRecord("umbra.kafka", logging.ERROR, "", 0, "%s [%s] %s", args, None)
    made.created = at_s
    return made


def test_the_same_again_is_said_every_ten_seconds() -> None:
    seldom = Seldom()
    at_s = (100.0, 100.1, 109.9, 110.0, 110.1)

    passed = [seldom.filter(record(at, "FAIL", "client-1", "[thrd:a:1/1]: refused")) for at in at_s]

    assert passed == [True, False, False, True, False]


def test_another_kind_client_or_broker_is_said_at_once() -> None:
    seldom = Seldom()
    different = [
        ("FAIL", "client-1", "[thrd:a:1/1]: refused"),
        ("GETPID", "client-1", "[thrd:a:1/1]: refused"),
        ("FAIL", "client-2", "[thrd:a:1/1]: refused"),
        ("FAIL", "client-1", "[thrd:b:1/1]: refused"),
        (),
    ]

    assert all(seldom.filter(record(100.0, *args)) for args in different)
