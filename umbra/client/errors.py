"""How a request can fail."""

from umbra.contracts.http.problem import ProblemDetails
from umbra.core.errors import IllegalTransition, Refused, Retryable, UmbraError


class UmbraApiError(UmbraError):
    """The API (or ingest) answered with a problem.

    Attributes:
        problem: its fields; `slug`, `status` and `request_id` are those one usually wants.
    """

    def __init__(self, problem: ProblemDetails) -> None:
        super().__init__(" ".join(part for part in (problem.detail, problem.remedy) if part))
        self.problem = problem

    @property
    def slug(self) -> str:
        return self.problem.slug

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def request_id(self) -> str | None:
        return self.problem.request_id


class RefusedByApi(UmbraApiError, Refused):
    """Asking again unchanged is no use."""


class NotAllowed(RefusedByApi):
    """The service does not know who asks, or the token is not for this."""


class ConflictAtApi(UmbraApiError, IllegalTransition):
    """The deployment cannot go there from where it is, or has changed since it was read."""


class ApiUnavailable(UmbraApiError, Retryable):
    """Something the service needs is away; try again."""


class Unreachable(Retryable):
    """Nobody answers at the address."""


def from_problem(problem: ProblemDetails) -> UmbraApiError:
    """The error that says what to do about the problem."""
    if problem.status in (401, 403):
        return NotAllowed(problem)
    if problem.status in (409, 412):
        return ConflictAtApi(problem)
    if problem.status in (429, 503):
        return ApiUnavailable(problem)
    if 400 <= problem.status < 500:
        return RefusedByApi(problem)
    return UmbraApiError(problem)
