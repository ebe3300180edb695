import subprocess
from collections.abc import Iterator

import pytest

from tests.unit.local.processes import PYTHON, SLEEP, STUBBORN, is_running
from umbra.local.watchdog import end, listed


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        ([], {}),
        (["+7 15\n"], {7: 15}),
        (["+7 15\n", "+8 2\n"], {7: 15, 8: 2}),
        (["+7 15\n", "+8 2\n", "-7\n"], {8: 2}),
        (["-7\n"], {}),
    ],
)
def test_what_was_started_and_has_not_ended_is_listed(lines: list[str], groups: dict[int, int]) -> None:
    assert listed(lines) == groups


@pytest.fixture(params=[SLEEP, STUBBORN], ids=["obedient", "stubborn"])
def group(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    command = [*PYTHON, request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def test_a_listed_group_is_ended(group: subprocess.Popen[bytes]) -> None:
    end({group.pid: 15}, grace_s=0.2)
    group.wait(5)
    assert not is_running(group.pid)


def test_a_group_that_is_gone_is_no_trouble() -> None:
    with subprocess.Popen([*PYTHON, ""], start_new_session=True) as process:
        pass
    end({process.pid: 15})
