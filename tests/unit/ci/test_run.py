"""What `.ci/run` installs before it checks and tests."""

from pathlib import Path

import pytest

from tests.unit.ci.machine import Machine

CHECKED = ["make check", "make test"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Debian with its apt, and nothing installed; its python3 would be 3.13."""
    machine = Machine(tmp_path)
    machine.add("id", "echo 0")
    package = tmp_path / "package"
    package.mkdir()
    store = Machine(package)
    store.add_python("python3", "3.13")
    make = f"#!/bin/sh\\necho make \\$* >> {tmp_path / 'log'}\\n"
    machine.add(
        "apt-get",
        f"""
for wanted; do
    case "$wanted" in
        make) printf "{make}" > {machine.path("make")}; /bin/chmod +x {machine.path("make")} ;;
        python3) /bin/cp {store.path("python3")} {machine.path("python3")} ;;
    esac
done""",
    )
    debian_has(machine, "3.13.5-1")
    return machine


def debian_has(machine: Machine, version: str) -> None:
    """What apt would install as python3."""
    machine.add("apt-cache", f"printf 'Package: python3\\nVersion: {version}\\n'")


def did(machine: Machine) -> list[str]:
    """What was called, without questions."""
    return [call for call in machine.called() if not call.startswith(("id ", "apt-cache "))]


def test_nothing_is_installed_where_nothing_is_missing(machine: Machine) -> None:
    machine.add("make")
    machine.add_python("python3.12", "3.12")
    assert machine.run("bash", ".ci/run").returncode == 0
    assert did(machine) == CHECKED


def test_make_alone_is_installed_where_only_make_is_missing(machine: Machine) -> None:
    machine.add_python("python3", "3.11")
    assert machine.run("bash", ".ci/run").returncode == 0
    assert did(machine) == ["apt-get update -qq", "apt-get install -qq -y make", *CHECKED]


@pytest.mark.parametrize("there", [None, "3.9"])
def test_python_is_installed_where_none_fits(machine: Machine, there: str | None) -> None:
    machine.add("make")
    if there is not None:
        machine.add_python("python3", there)
    done = machine.run("bash", ".ci/run")
    assert done.returncode == 0, done.stderr
    assert did(machine) == [
        "apt-get update -qq",
        "apt-get install -qq -y python3 python3-venv",
        *CHECKED,
    ]


def test_a_python_that_would_not_fit_is_not_installed(machine: Machine) -> None:
    machine.add("make")
    debian_has(machine, "3.9.2-3")
    done = machine.run("bash", ".ci/run")
    assert done.returncode == 1
    assert "The python3 of this system is 3.9" in done.stderr
    assert "No Python 3.11 to 3.14 with venv was found" in done.stderr
    assert did(machine) == ["apt-get update -qq"]


def test_who_is_not_root_is_told_what_is_missing(machine: Machine) -> None:
    machine.add("id", "echo 1000")
    machine.add_python("python3", "3.12")
    done = machine.run("bash", ".ci/run")
    assert (done.returncode, done.stderr) == (
        1,
        "make is missing: install it, then run .ci/run again.\n",
    )
    machine.add("make")
    machine.add_python("python3", "3.10")
    done = machine.run("bash", ".ci/run")
    assert done.returncode == 1
    assert "No Python 3.11 to 3.14" in done.stderr
    assert did(machine) == []
