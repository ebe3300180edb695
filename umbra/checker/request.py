"""What a check is asked: one line of JSON, then the model file as it is."""

from pathlib import Path
from typing import Any

import msgspec

from umbra.contracts.http.model_report import ModelReport


class Question(msgspec.Struct, frozen=True):
    """Attributes:
    name: of the model.
    given: of its manifest.
    """

    name: str
    given: dict[str, Any] = {}


class Answer(msgspec.Struct, frozen=True):
    """Attributes:
    manifest: whole, as plain mappings; None when the model cannot be used.
    """

    report: ModelReport
    manifest: dict[str, Any] | None = None


MOST_QUESTION_BYTES = 10_000_000

REQUEST_TYPE = "application/vnd.umbra.check"
"""The media type of a request over HTTP."""

answer_decoder = msgspec.json.Decoder(Answer)


def head_of(question: Question) -> bytes:
    """What goes before the model file."""
    return msgspec.json.encode(question) + b"\n"


def read_request(path: Path) -> tuple[Question, bytes]:
    """The question and the model file.

    Raises:
        msgspec.DecodeError: it is no request.
    """
    with path.open("rb") as file:
        line = file.readline(MOST_QUESTION_BYTES)
        return msgspec.json.decode(line, type=Question), file.read()
