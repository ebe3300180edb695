"""`umbra migrate`: bring the database up to date."""

import typer

from umbra.cli.patience import WaitFor, patiently
from umbra.postgres import migrate as migrations
from umbra.settings import PostgresSettings

app = typer.Typer(add_completion=False)


@app.command()
def migrate(wait: WaitFor = 0.0) -> None:
    """Apply the migrations that the database lacks; safe to run at any time."""
    settings = PostgresSettings.load()
    for name in patiently(lambda: migrations.migrate(settings), wait):
        typer.echo(f"applied {name}")
    typer.echo("The database is up to date.")
