"""Who may do what: the whole table."""

import pytest

from umbra.core.errors import Refused
from umbra.core.role import Role, enough, may, role_named

MAY = {
    Role.VIEWER: {Role.VIEWER},
    Role.REVIEWER: {Role.VIEWER, Role.REVIEWER},
    Role.OPERATOR: {Role.VIEWER, Role.REVIEWER, Role.OPERATOR, Role.PRODUCER},
    Role.PRODUCER: {Role.PRODUCER},
}


@pytest.mark.parametrize("has", Role)
@pytest.mark.parametrize("needs", Role)
def test_a_role_opens_what_it_is_for(has: Role, needs: Role) -> None:
    assert may(has, needs) == (needs in MAY[has])


@pytest.mark.parametrize(
    ("needs", "text"),
    [
        (Role.VIEWER, "viewer, reviewer or operator"),
        (Role.REVIEWER, "reviewer or operator"),
        (Role.OPERATOR, "operator"),
        (Role.PRODUCER, "operator or producer"),
    ],
)
def test_a_refusal_can_name_the_roles_that_are_enough(needs: Role, text: str) -> None:
    assert enough(needs) == text


def test_a_role_goes_by_its_name() -> None:
    assert role_named("reviewer") is Role.REVIEWER


@pytest.mark.parametrize("name", ["", "admin", "Viewer", "VIEWER"])
def test_another_name_is_no_role(name: str) -> None:
    with pytest.raises(Refused, match="viewer, reviewer, operator, producer"):
        role_named(name)
