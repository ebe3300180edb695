"""Roles: what the holder of a token may do."""

from collections.abc import Mapping
from enum import StrEnum

from umbra.core.errors import Refused


class Role(StrEnum):
    """What a token is for; every route asks for one of them."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    PRODUCER = "producer"


_GRANTED: Mapping[Role, frozenset[Role]] = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.REVIEWER: frozenset({Role.VIEWER, Role.REVIEWER}),
    Role.OPERATOR: frozenset(Role),
    # A camera looks at nothing: who steals its token can send images, and that is all.
    Role.PRODUCER: frozenset({Role.PRODUCER}),
}


def may(has: Role, needs: Role) -> bool:
    """Whether a token of the role `has` opens a route that asks for `needs`."""
    return needs in _GRANTED[has]


def enough(needs: Role) -> str:
    """The roles that open a route that asks for `needs`, for people: `viewer, reviewer or operator`."""
    *others, last = (role for role in Role if may(role, needs))
    return f"{', '.join(others)} or {last}" if others else str(last)


def role_named(name: str) -> Role:
    """The role of that name.

    Raises:
        Refused: there is none; the text names those there are.
    """
    try:
        return Role(name)
    except ValueError as err:
        raise Refused(f"{name!r} is no role: choose one of {', '.join(Role)}.") from err
