"""An administrator's client that hears nothing for long is replaced."""

import pytest

from umbra.core.errors import Retryable
from umbra.kafka import answers
from umbra.kafka.answers import Answers
from umbra.settings import KafkaSettings

NOBODY = KafkaSettings(kafka_bootstrap="127.0.0.1:9")


def unanswered(asked: Answers) -> None:
    with pytest.raises(Retryable):
        asked.metadata(0.1)


def test_a_client_that_was_silent_for_long_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Answers(NOBODY)
    first = asked.client
    unanswered(asked)
    assert asked.client is first

    monkeypatch.setattr(answers, "_SILENT_S", 0.0)
    unanswered(asked)
    second = asked.client
    assert second is not first

    monkeypatch.undo()
    unanswered(asked)
    assert asked.client is second
