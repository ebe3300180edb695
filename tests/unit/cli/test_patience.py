from collections.abc import Iterator

import pytest

from umbra.cli.patience import patiently
from umbra.core.errors import Refused, Retryable

Answers = Iterator[Exception | str]


def test_a_server_that_comes_up_is_waited_for() -> None:
    answers: Answers = iter([Retryable("away"), Retryable("away"), "here"])

    assert patiently(lambda: _next(answers), 60, retry_s=0) == "here"


def test_a_server_that_stays_away_is_given_up() -> None:
    with pytest.raises(Retryable, match="away"):
        patiently(lambda: _next(iter([Retryable("away")])), 0.05, retry_s=0.01)


def test_without_waiting_it_is_asked_once() -> None:
    answers: Answers = iter([Retryable("away"), "here"])

    with pytest.raises(Retryable):
        patiently(lambda: _next(answers), 0, retry_s=0.01)

    assert next(answers) == "here"


def test_a_refusal_is_not_asked_again() -> None:
    answers: Answers = iter([Refused("no"), "here"])

    with pytest.raises(Refused):
        patiently(lambda: _next(answers), 60, retry_s=0)

    assert next(answers) == "here"


def _next(answers: Answers) -> str:
    answer = next(answers)
    if isinstance(answer, Exception):
        raise answer
    return answer
