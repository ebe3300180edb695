"""`umbra topics --acls`: commands to paste, and JSON."""

import json
import shlex
import sys

import pytest

from umbra import cli


def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setenv("UMBRA_TOPIC_PREFIX", "acme.")
    monkeypatch.setattr(sys, "argv", ["umbra", "topics", *arguments])
    assert cli.main() == 0
    return capsys.readouterr().out


def test_commands_hold_the_same_rights_as_the_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--acls", "--slot", "canary-b", "--principal-prefix", "User:CN=")
    rows = json.loads(printed(monkeypatch, capsys, *given, "--json"))
    script = printed(monkeypatch, capsys, *given)

    commands = [shlex.split(line) for line in script.splitlines() if line.startswith("kafka-acls.sh ")]
    granted = [right for command in commands for right in rights_of(command)]
    assert sorted(granted) == sorted(tuple(row.values()) for row in rows)
    assert ("User:CN=canary-b-worker", "Write", "topic", "acme.images.canary-b.dlq", "literal") in granted


def rights_of(command: list[str]) -> list[tuple[str, ...]]:
    """What a command grants: principal, operation, resource, name, pattern."""
    principal = command[command.index("--allow-principal") + 1]
    operation = command[command.index("--operation") + 1]
    pattern = "prefixed" if "prefixed" in command else "literal"
    if "--cluster" in command:
        return [(principal, operation, "cluster", "kafka-cluster", pattern)]
    kinds = ("topic", "group", "transactional-id")
    return [
        (principal, operation, kind, command[index + 1], pattern)
        for kind in kinds
        for index, word in enumerate(command)
        if word == f"--{kind}"
    ]
