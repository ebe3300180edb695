import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.local.processes import PYTHON, SLEEP
from umbra.core.errors import Refused
from umbra.local.data_dir import locked, require_free_space


def test_a_directory_is_made_and_can_be_locked_again_after(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "new" / "one"):
            assert (tmp_path / "new" / "one" / "lock").read_text() == f"{os.getpid()}\n"


def test_a_second_stack_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(Refused, match=rf"already runs on {tmp_path} \(process {os.getpid()}\)"),
        locked(tmp_path),
    ):
        pytest.fail("two hold the lock")


LOCKS_AND_HANDS_ON = f"""
import os, subprocess, sys
from pathlib import Path
from umbra.local.data_dir import locked
with locked(Path(sys.argv[1])) as lock:
    quiet = {{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}}
    heir = subprocess.Popen([*{PYTHON!r}, {SLEEP!r}], pass_fds=(lock,), **quiet)
    print(heir.pid, flush=True)
    os._exit(1)
"""


def test_the_next_waits_for_what_a_killed_supervisor_left_behind(tmp_path: Path) -> None:
    killed = [sys.executable, "-c", LOCKS_AND_HANDS_ON, str(tmp_path)]
    heir = int(subprocess.run(killed, stdout=subprocess.PIPE, check=False).stdout)
    with subprocess.Popen(["/bin/sh", "-c", f"sleep 0.5; kill {heir}"]), locked(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_too_little_space_is_said_so(tmp_path: Path) -> None:
    require_free_space(tmp_path, 0)
    with pytest.raises(Refused, match=r"Only .* GB are free at .*, 1000000000.0 GB wanted"):
        require_free_space(tmp_path, 10**18)
