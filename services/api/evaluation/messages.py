"""What the API and its evaluating process say to each other: lines of JSON."""

from datetime import datetime

import msgspec

from umbra.core.window import Window


class Question(msgspec.Struct):
    """Evaluate the reviews of a window."""

    deployment: str
    window: Window
    now: datetime
    slot: str | None = None
    curves: bool = False


class Answer(msgspec.Struct):
    """
    Attributes:
        found: the JSON of an Evaluation; None: there is no such deployment.
        away: why PostgreSQL could not be asked.
    """

    found: str | None = None
    away: str | None = None


_questions = msgspec.json.Decoder(Question)
_answers = msgspec.json.Decoder(Answer)


def encode(message: Question | Answer) -> bytes:
    """A line without its end."""
    return msgspec.json.encode(message)


def decode_question(line: bytes) -> Question:
    return _questions.decode(line)


def decode_answer(line: bytes) -> Answer:
    return _answers.decode(line)
