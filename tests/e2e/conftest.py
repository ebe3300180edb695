"""The whole system as a user starts it: `umbra up` in a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.system import System, running


@pytest.fixture(scope="session")
def scenes() -> list[Path]:
    """The 200 labelled scenes of the digits example."""
    found = sorted(Path("examples/digits/scenes/val").glob("[0-9][0-9][0-9][0-9].png"))
    assert len(found) == 200
    return found


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A fresh system for one story; ended with everything it started."""
    with running(tmp_path_factory.mktemp("umbra")) as system:
        yield system
