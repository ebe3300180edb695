"""What a test found out, shown at the end of a run also when it passed."""

from collections.abc import Callable

import pytest

Tell = Callable[[str], None]

_PROPERTY = "told"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Show a text in the summary of the run."""
    return lambda text: record_property(_PROPERTY, text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # Properties travel from the processes of pytest-xdist to the one that prints; captured output of a
    # test that passed does not show.
    told = [
        (done.nodeid, text)
        for outcome in ("passed", "failed")
        for done in terminalreporter.getreports(outcome)
        if done.when == "call"
        for name, text in done.user_properties
        if name == _PROPERTY
    ]
    if told:
        terminalreporter.section("what tests tell")
    for nodeid, text in told:
        terminalreporter.line(f"{nodeid}\n{text}")
