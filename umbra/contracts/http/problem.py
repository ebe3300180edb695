"""Errors over HTTP: problem+json."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """What went wrong.

    Attributes:
        type: `urn:umbra:<slug>`.
        remedy: what to do about it.
        request_id: finds the request in the service's log.
    """

    type: str
    title: str
    status: int
    detail: str
    remedy: str | None = None
    request_id: str | None = None

    @property
    def slug(self) -> str:
        """The last part of `type`."""
        return self.type.rpartition(":")[2]
