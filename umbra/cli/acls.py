"""The rights each service needs, as commands to paste and as JSON."""

import shlex
from collections.abc import Iterable
from itertools import groupby

from umbra.contracts.acls import Account, Right


def commands(accounts: Iterable[Account], principal_prefix: str, bootstrap: str) -> str:
    """A shell script of `kafka-acls.sh` commands; run twice it changes nothing.

    Args:
        principal_prefix: of every account's principal, like `User:umbra-`.
    """
    base = (
        f"kafka-acls.sh --bootstrap-server {shlex.quote(bootstrap)} --command-config admin.properties --add"
    )
    return "\n".join(_section(account, f"{principal_prefix}{account.name}", base) for account in accounts)


def rows(accounts: Iterable[Account], principal_prefix: str) -> list[dict[str, str]]:
    """One right each, for scripts."""
    return [
        {
            "principal": f"{principal_prefix}{account.name}",
            "operation": right.operation,
            "resource": right.resource,
            "name": right.name or "kafka-cluster",
            "pattern": "prefixed" if right.prefixed else "literal",
        }
        for account in accounts
        for right in account.rights
    ]


def _section(account: Account, principal: str, base: str) -> str:
    together = groupby(sorted(account.rights, key=_kind), key=_kind)
    who = f"--allow-principal {shlex.quote(principal)}"
    lines = [f"{base} {who} {_arguments(list(rights))}\n" for _, rights in together]
    return f"# {principal}: {account.does}\n{''.join(lines)}"


def _kind(right: Right) -> tuple[str, bool, str]:
    return right.resource, right.prefixed, right.operation


def _arguments(rights: list[Right]) -> str:
    """Of rights that differ in their names alone."""
    first = rights[0]
    names = [f"--{right.resource} {shlex.quote(right.name)}".rstrip() for right in rights if right.name]
    pattern = ["--resource-pattern-type prefixed"] if first.prefixed else []
    return " ".join([f"--operation {first.operation}", *(names or [f"--{first.resource}"]), *pattern])
