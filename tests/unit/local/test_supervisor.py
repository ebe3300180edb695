import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.local.processes import SLEEP, STUBBORN, is_running, program, until
from umbra.local.console import Console
from umbra.local.supervisor import Supervisor


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(log: io.StringIO) -> Iterator[Supervisor]:
    with Supervisor(Console(log)) as supervisor:
        yield supervisor


def pid_of(supervisor: Supervisor, name: str) -> int:
    return supervisor.pids()[name][0]


def test_every_line_of_a_process_carries_its_name(supervisor: Supervisor, log: io.StringIO) -> None:
    supervisor.start(program("api", "import sys; print('out'); print('err', file=sys.stderr)"))
    until(lambda: "api             | out\n" in log.getvalue())
    assert "api             | err\n" in log.getvalue()


def test_a_process_that_is_killed_starts_again_at_once(supervisor: Supervisor, log: io.StringIO) -> None:
    supervisor.start(program("worker"))
    first = pid_of(supervisor, "worker")
    os.kill(first, signal.SIGKILL)
    until(lambda: supervisor.pids()["worker"] not in ([], [first]))
    assert supervisor.starts() == {"worker": 2}
    assert "worker was killed (SIGKILL); starts again at once." in log.getvalue()


def test_a_process_that_keeps_ending_is_started_ever_more_slowly(
    supervisor: Supervisor, log: io.StringIO
) -> None:
    supervisor.start(program("broken", "raise SystemExit(3)"))
    until(lambda: "starts again in 1 s" in log.getvalue())
    pauses = [line.partition("; ")[2] for line in log.getvalue().splitlines() if "exit code 3" in line]
    assert pauses == ["starts again at once.", "starts again in 0.5 s.", "starts again in 1 s."]


def test_a_stop_does_not_wait_for_a_pause_to_end(supervisor: Supervisor, log: io.StringIO) -> None:
    supervisor.start(program("broken", "raise SystemExit(3)"))
    until(lambda: "starts again in 1 s" in log.getvalue())
    supervisor.stop()
    assert supervisor.pids() == {}


def test_a_command_that_does_not_exist_is_tried_again(supervisor: Supervisor, log: io.StringIO) -> None:
    spec = program("lost")
    supervisor.start(type(spec)("lost", ("/nowhere/to/be/found",)))
    until(lambda: "exit code 127" in log.getvalue())


def test_what_starts_last_stops_first(supervisor: Supervisor, log: io.StringIO) -> None:
    says_when_it_stops = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye', flush=True), sys.exit()))\n" + SLEEP
    )
    supervisor.start(program("kafka", says_when_it_stops))
    supervisor.start(program("api", says_when_it_stops))
    until(lambda: log.getvalue().count("started") == 2)
    supervisor.stop()
    assert [line.split()[0] for line in log.getvalue().splitlines() if "bye" in line] == ["api", "kafka"]


def test_a_process_that_does_not_stop_is_killed(supervisor: Supervisor, log: io.StringIO) -> None:
    supervisor.start(program("stubborn", STUBBORN, grace_s=0.3))
    until(lambda: "started" in log.getvalue())
    pid = pid_of(supervisor, "stubborn")
    supervisor.stop()
    assert not is_running(pid)
    assert "stubborn did not stop within 0.3 s and is killed." in log.getvalue()


def test_children_of_a_process_that_died_are_ended_with_it(supervisor: Supervisor, log: io.StringIO) -> None:
    with_a_child = f"import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); {SLEEP}"
    supervisor.start(program("parent", with_a_child))
    until(lambda: "started" in log.getvalue())
    child = int(log.getvalue().split()[2])
    os.kill(pid_of(supervisor, "parent"), signal.SIGKILL)
    until(lambda: not is_running(child))


def test_whoever_asks_hears_of_every_new_process_id() -> None:
    seen: list[dict[str, list[int]]] = []
    with Supervisor(Console(io.StringIO()), changed=lambda: seen.append(watched.pids())) as watched:
        watched.start(program("worker"))
        first = pid_of(watched, "worker")
        os.kill(first, signal.SIGKILL)
        until(lambda: len(seen) == 3)
    assert [pids["worker"] for pids in seen[:2]] == [[first], []]
    assert seen[2]["worker"] not in ([], [first])


def test_one_process_may_come_later_and_end_before_the_others(supervisor: Supervisor) -> None:
    supervisor.start(program("api"))
    supervisor.add(program("worker"))
    pid = pid_of(supervisor, "worker")
    assert is_running(pid)

    supervisor.end("worker")

    assert not is_running(pid)
    assert supervisor.pids().keys() == {"api"}
    assert is_running(pid_of(supervisor, "api"))


SUPERVISES_TWO = f"""
import sys, time
from umbra.local.console import Console
from umbra.local.leash import Spec
from umbra.local.supervisor import Supervisor
with Supervisor(Console(open("/dev/null", "w"))) as supervisor:
    supervisor.start(Spec("a", ({sys.executable!r}, "-c", {SLEEP!r})))
    supervisor.start(Spec("b", ({sys.executable!r}, "-c", {SLEEP!r})))
    print(supervisor.pids()["a"][0], supervisor.pids()["b"][0], flush=True)
    time.sleep(600)
"""


def test_nothing_outlives_a_supervisor_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", SUPERVISES_TWO], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert all(is_running(pid) for pid in pids)
        process.kill()
    until(lambda: not any(is_running(pid) for pid in pids))


def test_the_log_of_a_terminal_has_colours(tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    console = Console(terminal)
    console.line("api", "one")
    console.line("kafka", "two")
    console.line("api", "three")
    first, second, third = (line.partition("|")[0][:5] for line in terminal.getvalue().splitlines())
    assert first == third != second
