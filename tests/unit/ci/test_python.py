"""Which interpreter `make setup` takes."""

from pathlib import Path

import pytest

from tests.unit.ci.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("interpreters", "chosen"),
    [
        ({"python3": "3.11"}, "python3"),
        ({"python3": "3.14"}, "python3"),
        ({"python": "3.12"}, "python"),
        ({"python3": "3.9", "python3.12": "3.12"}, "python3.12"),
        ({"python3": "3.15", "python3.13": "3.13", "python3.11": "3.11"}, "python3.13"),
        ({"python3.13": "3.10", "python3": "3.12"}, "python3"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value.values()),
)
def test_the_newest_that_fits_is_taken(machine: Machine, interpreters: dict[str, str], chosen: str) -> None:
    for name, version in interpreters.items():
        machine.add_python(name, version)
    done = machine.run("sh", ".ci/python")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{chosen}\n", "")


def test_one_without_venv_is_passed_over(machine: Machine) -> None:
    machine.add_python("python3.13", "3.13", has_venv=False)
    machine.add_python("python3.12", "3.12")
    assert machine.run("sh", ".ci/python").stdout == "python3.12\n"


@pytest.mark.parametrize("version", [None, "2.7", "3.10", "3.15", "4.0"])
def test_none_that_fits_says_what_to_install(machine: Machine, version: str | None) -> None:
    if version is not None:
        machine.add_python("python3", version)
    done = machine.run("sh", ".ci/python")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No Python 3.11 to 3.14 with venv was found. Install one: 'apt install" in done.stderr


def test_only_the_named_are_looked_at(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    assert machine.run("sh", ".ci/python", ".venv/no/python").returncode == 1
    assert machine.run("sh", ".ci/python", "python3").stdout == "python3\n"
