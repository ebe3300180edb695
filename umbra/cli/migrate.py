"""`umbra migrate`: bring the database up to date."""

import typer

from umbra.postgres import migrate as migrations
from umbra.settings import PostgresSettings

app = typer.Typer(add_completion=False)


@app.command()
def migrate() -> None:
    """Apply the migrations that the database lacks; safe to run at any time."""
    for name in migrations.migrate(PostgresSettings.load()):
        typer.echo(f"applied {name}")
    typer.echo("The database is up to date.")
