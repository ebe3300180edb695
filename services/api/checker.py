"""The model checker, from the API's side."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec

from services.http.problem import Problem
from umbra.checker.request import REQUEST_TYPE, Answer, Question, answer_decoder, head_of
from umbra.core.errors import Retryable

_CHUNK_BYTES = 1 << 20
_ANSWER_S = 600.0
"""Others may be checked before; the checker bounds each."""


class CheckerAway(Retryable):
    """It cannot be asked now."""


class Checker:
    """Asks the service at `url`. Thread-safe."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self._url, timeout=httpx.Timeout(_ANSWER_S, connect=5.0), trust_env=False
        )

    def check(self, name: str, raw: bytes, given: Mapping[str, Any]) -> Answer:
        """What there is to know of a model file; that it is refused is an answer too.

        Args:
            name: of the model.
            given: of its manifest.

        Raises:
            CheckerAway: it does not answer, or not as it should.
        """
        head = head_of(Question(name, dict(given)))
        headers = {"Content-Type": REQUEST_TYPE, "Content-Length": str(len(head) + len(raw))}
        try:
            answered = self._http.post("/v1/check", content=_pieces(head, raw), headers=headers)
        except httpx.TransportError as err:
            raise self._away(str(err) or type(err).__name__) from err
        if answered.status_code != 200:
            raise self._away(f"it answers {answered.status_code}: {answered.text[:200].strip()}")
        try:
            return answer_decoder.decode(answered.content)
        except msgspec.DecodeError as err:
            raise self._away(f"its answer cannot be read: {err}") from err

    def _away(self, reason: str) -> CheckerAway:
        return CheckerAway(f"The model checker at {self._url} is away ({reason}).")


def refusal(answer: Answer) -> Problem | None:
    """Why a model cannot be used, None when it can."""
    refusals = answer.report.refusals
    if not refusals and answer.manifest is not None:
        return None
    details = dict.fromkeys(fault.detail for fault in refusals)
    remedies = dict.fromkeys(fault.remedy for fault in refusals)
    return Problem(422, "model-refused", " ".join(details), f"{' '.join(remedies)} Nothing was kept.")


def _pieces(head: bytes, raw: bytes) -> Iterator[bytes]:
    yield head
    view = memoryview(raw)
    for start in range(0, len(raw), _CHUNK_BYTES):
        yield bytes(view[start : start + _CHUNK_BYTES])
