"""PostgreSQL may know more than before, never less."""

import pytest

from services.monitor.reached import CommitsLost, Reached
from umbra.postgres.fences import Fenced

HERE, THERE = Fenced("topic", 0), Fenced("topic", 1)


def test_as_far_as_before_or_further_is_as_it_should_be() -> None:
    reached = Reached()
    reached.note({HERE: 5})

    reached.check({HERE: 5, THERE: 0})
    reached.check({HERE: 9})


def test_less_than_before_is_a_loss() -> None:
    reached = Reached()
    reached.note({HERE: 5, THERE: 3})
    reached.note({HERE: 4})

    with pytest.raises(CommitsLost, match=r"partition 0 .* up to offset 5 .* up to 4"):
        reached.check({HERE: 4, THERE: 3})
