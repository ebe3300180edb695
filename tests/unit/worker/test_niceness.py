import subprocess
import sys
from pathlib import Path

import pytest

from umbra.worker.niceness import be_nice

BE_NICE = """
import os, sys
from umbra.worker.niceness import be_nice
be_nice(int(sys.argv[1]))
print(os.nice(0))
"""
SESSION = Path("/proc/self/autogroup")


def nice(argument: int, *, then: str = "", own_session: bool = True) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", BE_NICE + then, str(argument)],
        start_new_session=own_session,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("\n")


def test_not_nice_changes_nothing() -> None:
    be_nice(0)


@pytest.mark.parametrize("own_session", [True, False])
def test_a_process_becomes_nicer_than_its_parent(own_session: bool) -> None:
    usual, nicer = int(nice(0)[0]), int(nice(5, own_session=own_session)[0])

    assert nicer == min(19, usual + 5)


@pytest.mark.skipif(not SESSION.exists(), reason="only Linux weighs sessions")
@pytest.mark.parametrize("own_session", [True, False])
def test_only_a_session_of_its_own_becomes_nicer_too(own_session: bool) -> None:
    # Otherwise `umbra worker` would slow down whatever else runs in the same terminal.
    session = nice(5, then=f"print(open('{SESSION}').read())", own_session=own_session)[1]

    assert session.endswith("nice 5") == own_session
