import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import typer
from typer.main import get_command

from umbra import cli
from umbra.cli.exit_codes import ExitCode, code_of
from umbra.core.errors import IllegalTransition, InvalidMessage, Refused, Retryable, TimedOut, UmbraError


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["umbra", *arguments])
    return cli.main()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused, ExitCode.REFUSED),
        (IllegalTransition, ExitCode.REFUSED),
        (Retryable, ExitCode.UNREACHABLE),
        (TimedOut, ExitCode.TIMED_OUT),
        (InvalidMessage, ExitCode.FAILED),
        (UmbraError, ExitCode.FAILED),
    ],
)
def test_an_error_says_by_its_code_what_to_do(error: type[UmbraError], code: ExitCode) -> None:
    assert code_of(error("…")) == code


@pytest.mark.parametrize("arguments", [("--help",), ("topics", "--help"), ("up", "--help")])
def test_help_is_at_hand(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    assert run(monkeypatch, *arguments) == ExitCode.DONE


@pytest.mark.parametrize(
    "command",
    [
        "models add",
        "models list",
        "deployments create",
        "deployments list",
        "deployments show",
        "shadow set",
        "shadow clear",
        "promote",
        "rollback",
        "replay",
        "replay list",
        "replay show",
        "replay cancel",
        "watch",
        "predictions tail",
        "send",
        "dlq list",
        "dlq show",
        "dlq replay",
        "topics",
        "tokens create",
        "tokens list",
        "tokens revoke",
        "migrate",
        "worker",
        "up",
        "demo",
    ],
)
def test_every_command_goes_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run(monkeypatch, *command.split(), "--help") == ExitCode.DONE
    assert f"Usage: umbra {command} " in capsys.readouterr().out


SERVERS = {"up", "worker"}
"""They run until they are stopped, and have nothing to say at the end."""


def leaves(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its whole name."""
    commands = getattr(command, "commands", None)
    if commands is None:
        yield name, command
    for below, inner in (commands or {}).items():
        yield from leaves(inner, f"{name} {below}")


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_but_servers_speaks_json(name: str) -> None:
    for whole, command in leaves(get_command(import_module(cli.COMMANDS[name]).app), name):
        options = {option for parameter in command.params for option in parameter.opts}
        assert ("--json" in options) == (whole not in SERVERS), whole


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("topics", "--nonsense"), ("topics", "--partitions", "0")]
)
def test_what_cannot_be_understood_is_usage(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    assert run(monkeypatch, *arguments) == ExitCode.USAGE


def test_an_unknown_variable_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UMBRA_PARTITION", "4")
    assert run(monkeypatch, "topics") == ExitCode.REFUSED
    assert capsys.readouterr().err == (
        "umbra: Unknown variable UMBRA_PARTITION. Did you mean UMBRA_PARTITIONS? Correct or unset it.\n"
    )


def test_a_command_without_its_packages_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "umbra.local.stack", None)
    monkeypatch.delitem(sys.modules, "umbra.cli.up", raising=False)
    assert run(monkeypatch, "up", "--help") == ExitCode.REFUSED
    assert "pip install 'umbra[local]'" in capsys.readouterr().err


def test_interruption_has_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()

    @app.command()
    def wait() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("umbra.cli.topics.app", app)
    assert run(monkeypatch, "topics") == ExitCode.INTERRUPTED
