from datetime import UTC, datetime

import pytest

from umbra.control.reconcile import to_import, to_republish
from umbra.core.control_view import ControlView
from umbra.core.revision import Assignment, Revision

STAGED = Revision(
    "digits", 1, "create", "staged", {"champion": Assignment("a@1", {})}, datetime(2026, 11, 22, tzinfo=UTC)
)
ACTIVE = STAGED.activate("topic", {0: 5})
FAILED = STAGED.fail("no")


@pytest.mark.parametrize(
    ("control", "postgres", "imported", "republished"),
    [
        (None, None, [], []),
        (None, STAGED, [], []),
        (None, ACTIVE, [], [ACTIVE]),
        (None, FAILED, [], [FAILED]),
        (STAGED, None, [STAGED], []),
        (STAGED, STAGED, [], []),
        (STAGED, FAILED, [], [FAILED]),
        (ACTIVE, None, [ACTIVE], []),
        (ACTIVE, STAGED, [ACTIVE], []),
        (ACTIVE, FAILED, [ACTIVE], []),
        (ACTIVE, ACTIVE, [], []),
        (FAILED, STAGED, [FAILED], []),
    ],
)
def test_the_control_topic_has_the_last_word_and_postgres_fills_its_gaps(
    control: Revision | None,
    postgres: Revision | None,
    imported: list[Revision],
    republished: list[Revision],
) -> None:
    view = ControlView([control] if control else [])
    known = [postgres] if postgres else []

    assert to_import(view, {revision.key: revision for revision in known}) == imported
    assert to_republish(view, known) == republished
