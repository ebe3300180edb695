"""`umbra tokens`: who may do what."""

from pathlib import Path
from typing import Annotated

import typer

from umbra import tokens_file
from umbra.cli.api import Json
from umbra.cli.output import print_json, print_table
from umbra.core.errors import Refused
from umbra.core.role import Role
from umbra.core.tokens import Holder
from umbra.settings import TokensSettings

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Tokens: who may do what.")

Name = Annotated[str, typer.Argument(help="Whose it is; stands in the history of what they change.")]
File = Annotated[Path | None, typer.Option(help="The tokens file; UMBRA_TOKENS_FILE if not given.")]


@app.command()
def create(
    name: Name,
    role: Annotated[Role, typer.Option(help="What it is for.")],
    file: File = None,
    as_json: Json = False,
) -> None:
    """Make a token and print it; the file only keeps its hash, so it is shown this once."""
    path = _path(file)
    token = tokens_file.create(path, Holder(name, role))
    if as_json:
        print_json({"name": name, "role": role, "token": token})
        return
    typer.echo(token)
    typer.echo(f"{name} is {role} by {path}. Keep the token: it is not shown again.", err=True)


@app.command("list")
def list_(file: File = None, as_json: Json = False) -> None:
    """List who has a token."""
    holders = tokens_file.load(_path(file)).holders()
    if as_json:
        print_json([{"name": holder.name, "role": holder.role} for holder in holders])
        return
    print_table(
        ("name", "role"),
        [(holder.name, holder.role) for holder in holders],
        "No token yet. Make one: umbra tokens create NAME --role ROLE",
    )


@app.command()
def revoke(name: Name, file: File = None, as_json: Json = False) -> None:
    """Take a token away; services that run notice it at once."""
    path = _path(file)
    tokens_file.revoke(path, name)
    if as_json:
        print_json({"name": name, "revoked": True})
        return
    typer.echo(f"{name} has no token in {path} any more.", err=True)


def _path(file: Path | None) -> Path:
    named = file or TokensSettings.load().tokens_file
    if named is None:
        raise Refused("Which tokens file? Name it with --file, or set UMBRA_TOKENS_FILE.")
    return Path(named)
