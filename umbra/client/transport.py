"""HTTP with typed answers and readable errors."""

from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from umbra.client.errors import Unreachable, from_problem
from umbra.contracts.http.problem import ProblemDetails
from umbra.core.tokens import authorization

T = TypeVar("T")

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_adapters: dict[Any, TypeAdapter[Any]] = {}


class Transport:
    """Requests to one service.

    Every request raises UmbraApiError when the service answers with a problem, and Unreachable
    when nobody answers.

    Args:
        token: sent with every request, to this service alone: no redirect is followed.

    Raises:
        Refused: it is no token.
    """

    def __init__(self, url: str, service: str, token: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._service = service
        self._http = httpx.Client(
            base_url=self._url,
            headers=authorization(token),
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
        )

    def json(self, answer: type[T], method: str, path: str, **request: Any) -> T:
        """Ask, and read the answer as the type it has."""
        adapter = _adapters.setdefault(answer, TypeAdapter(answer))
        body: T = adapter.validate_json(self.bytes(method, path, **request))
        return body

    def bytes(self, method: str, path: str, **request: Any) -> bytes:
        """Ask for the bytes of the answer."""
        try:
            answered = self._http.request(method, path, **request)
        except httpx.TransportError as err:
            raise self._unreachable(err) from err
        if not answered.is_success:
            raise from_problem(_problem(answered))
        return answered.content

    def lines(self, method: str, path: str, **request: Any) -> Iterator[str]:
        """Ask, and read the answer line by line as it comes."""
        try:
            with self._http.stream(method, path, **request) as answered:
                if not answered.is_success:
                    answered.read()
                    raise from_problem(_problem(answered))
                yield from answered.iter_lines()
        except httpx.TransportError as err:
            raise self._unreachable(err) from err

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _unreachable(self, err: httpx.TransportError) -> Unreachable:
        reason = str(err) or type(err).__name__
        return Unreachable(
            f"{self._service} does not answer at {self._url} ({reason}). Start it with `umbra up`, or set "
            f"UMBRA_{'API' if self._service == 'The API' else 'INGEST'}_URL to where it is."
        )


def path(*parts: str | int) -> str:
    """A path of these parts, each percent-encoded whole: an id may contain a slash."""
    return "/v1/" + "/".join(_encoded(str(part)) for part in parts)


def _encoded(part: str) -> str:
    # A part of only dots would be taken for "here" or "up".
    return part.replace(".", "%2E") if set(part) == {"."} else quote(part, safe="@")


def _problem(answered: httpx.Response) -> ProblemDetails:
    try:
        return TypeAdapter(ProblemDetails).validate_json(answered.content)
    except ValidationError:
        said = answered.text[:200].strip() or answered.reason_phrase
        if moved := answered.headers.get("location"):
            said = f"{said}, go to {moved}; name that address instead"
        detail = f"{answered.request.url} answered {answered.status_code}: {said}"
        return ProblemDetails("about:blank", "Not an answer of Umbra", answered.status_code, detail)
