"""`umbra migrate`: bring the database up to date."""

import typer

from umbra.cli.api import Json
from umbra.cli.output import print_json
from umbra.cli.patience import WaitFor, patiently
from umbra.postgres import migrate as migrations
from umbra.settings import PostgresSettings

app = typer.Typer(add_completion=False)


@app.command()
def migrate(wait: WaitFor = 0.0, as_json: Json = False) -> None:
    """Apply the migrations that the database lacks; safe to run at any time."""
    settings = PostgresSettings.load()
    applied = patiently(lambda: migrations.migrate(settings), wait)
    if as_json:
        print_json({"applied": applied})
        return
    for name in applied:
        typer.echo(f"applied {name}")
    typer.echo("The database is up to date.")
