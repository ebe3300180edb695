"""The evaluating process, from the API's side: started with the first question, again when it has ended."""

import logging
import subprocess
import sys
import threading
from types import TracebackType

from services.api.evaluation.messages import Answer, Question, decode_answer, encode
from services.http.problem import Problem
from umbra.postgres.connection import PostgresAway
from umbra.settings import PostgresSettings

log = logging.getLogger(__name__)

_MOST_WAITING = 8
"""Each holds one of the forty threads that serve every request."""
_STOP_S = 5.0
_COMMAND = (sys.executable, "-m", "services.api.evaluation")


class EvaluationProcess:
    """Asks one question at a time; use it with `with`."""

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._room = threading.BoundedSemaphore(_MOST_WAITING)
        self._closed = False

    def ask(self, question: Question) -> bytes | None:
        """The JSON of the evaluation; None: there is no such deployment.

        Raises:
            PostgresAway: it cannot be asked now.
            Problem: `too-busy`, or the process ended over this question.
        """
        if not self._room.acquire(blocking=False):
            detail = f"{_MOST_WAITING} evaluations wait already."
            raise Problem(503, "too-busy", detail, "Ask again in a few seconds.")
        try:
            with self._turn:
                answer = self._answer(question)
        finally:
            self._room.release()
        if answer.away is not None:
            raise PostgresAway(answer.away)
        return None if answer.found is None else answer.found.encode()

    @property
    def pid(self) -> int | None:
        """Of the process; None while none runs."""
        return None if self._process is None else self._process.pid

    def _answer(self, question: Question) -> Answer:
        line = self._said(question) or self._said(question)
        if not line:
            raise Problem(
                503, "too-busy", "The evaluating process ended twice over this.", "Ask for a shorter window."
            )
        return decode_answer(line)

    def _said(self, question: Question) -> bytes:
        """The line of the answer; empty when the process has ended."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(encode(question) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        if not line:
            log.warning("The evaluating process ended.", extra={"exit_code": self._end()})
        return line

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._closed:
            raise Problem(503, "too-busy", "The API is stopping.", "Ask again when it is back.")
        if self._process is None:
            self._process = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert self._process.stdin is not None
            self._process.stdin.write(self._settings.postgres_dsn.get_secret_value().encode() + b"\n")
        return self._process

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        # The end of its input is what it ends by; it may be in the middle of a long answer.
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                continue
        try:
            return process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def close(self) -> None:
        """End the process; whoever waits for an answer gets none."""
        self._closed = True
        if self._process is not None:
            self._process.terminate()
        with self._turn:
            self._end()

    def __enter__(self) -> "EvaluationProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
