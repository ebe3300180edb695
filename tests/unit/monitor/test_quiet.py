import logging

from services.monitor.quiet import OncePerSentence


def record(name: str, sentence: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, sentence, None, None)


def test_a_sentence_of_a_noisy_library_passes_once_in_ten_seconds() -> None:
    clock = iter([0.0, 1.0, 9.0, 10.0])
    once = OncePerSentence(clock=lambda: next(clock))

    passed = [once.filter(record("aiokafka.conn", "Unable connect to node")) for _ in range(4)]

    assert passed == [True, False, False, True]


def test_it_says_how_many_it_held_back() -> None:
    now = 0.0
    once = OncePerSentence(clock=lambda: now)
    for _ in range(4):
        once.filter(record("faust.app", "Again"))
    now = 11.0

    last = record("faust.app", "Again")
    assert once.filter(last)
    assert last.__dict__["held_back"] == 3


def test_other_sentences_and_our_own_pass() -> None:
    once = OncePerSentence(clock=lambda: 0.0)

    assert once.filter(record("aiokafka.conn", "one"))
    assert once.filter(record("aiokafka.conn", "two"))
    assert all(once.filter(record("services.monitor", "same")) for _ in range(3))
