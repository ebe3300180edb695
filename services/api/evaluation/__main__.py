"""`python -m services.api.evaluation`: answers the API's questions on its standard input, until that ends.

One line of JSON is a question, one line its answer. The first line is the address of PostgreSQL: an
argument or a variable could be read by others.
"""

import os
import signal
import sys
from contextlib import closing
from typing import BinaryIO

from pydantic import SecretStr, TypeAdapter

from services.api.evaluation.evaluator import Evaluator
from services.api.evaluation.messages import Answer, Question, decode_question, encode
from umbra import logs
from umbra.contracts.http.evaluation import Evaluation
from umbra.core.errors import Retryable
from umbra.postgres.connection import Connection, away_is_retryable, connect
from umbra.settings import PostgresSettings

_NICENESS = 5
"""Whoever waits for figures can wait a little longer than whoever waits for an image."""
_evaluation: TypeAdapter[Evaluation] = TypeAdapter(Evaluation)


def main() -> int:
    """Answer until the API is gone."""
    logs.configure()
    os.nice(_NICENESS)
    # Ctrl-C in a terminal is meant for the API, which ends this process with its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    settings = PostgresSettings(postgres_dsn=SecretStr(questions.readline().decode().strip()))
    serve(settings, questions, answers)
    return 0


def serve(settings: PostgresSettings, questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer every line; a connection that was lost is made anew for the next one."""
    evaluator = Evaluator()
    for line in questions:
        try:
            answer = _answer(evaluator, settings, decode_question(line))
        except Retryable as err:
            answer = Answer(away=str(err))
        answers.write(encode(answer) + b"\n")
        answers.flush()


def _answer(evaluator: Evaluator, settings: PostgresSettings, question: Question) -> Answer:
    with away_is_retryable(), closing(_connection(settings)) as db:
        found = evaluator.evaluate(
            db, question.deployment, question.window, question.now, question.slot, question.curves
        )
    return Answer(found=None if found is None else _evaluation.dump_json(found, by_alias=True).decode())


def _connection(settings: PostgresSettings) -> Connection:
    return connect(settings, "umbra-evaluation")


if __name__ == "__main__":
    sys.exit(main())
