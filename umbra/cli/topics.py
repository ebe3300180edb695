"""`umbra topics`: make the topics, or give them more partitions."""

from typing import Annotated

import typer

from umbra.cli.api import Json
from umbra.cli.output import print_json
from umbra.cli.patience import WaitFor, patiently
from umbra.contracts.topics import Retention
from umbra.local.topics import ensure_topics, grow_topics
from umbra.settings import KafkaSettings, RetentionSettings

app = typer.Typer(add_completion=False)


class Settings(KafkaSettings, RetentionSettings):
    """Which Kafka, and how the topics are bounded."""


@app.command()
def topics(
    partitions: Annotated[
        int | None,
        typer.Option(
            min=1, max=1000, help="Of the images and prediction topics; those that exist are grown."
        ),
    ] = None,
    wait: WaitFor = 0.0,
    as_json: Json = False,
) -> None:
    """Make the topics that are missing and check the others."""
    settings = Settings.load()
    if partitions is not None:
        settings = settings.model_copy(update={"partitions": partitions})
        patiently(lambda: grow_topics(settings), wait)
    made = patiently(lambda: ensure_topics(settings, _retention(settings)), wait)
    if as_json:
        print_json({"made": made, "partitions": settings.partitions})
        return
    for name in made:
        typer.echo(f"made {name}")
    typer.echo(f"All topics are as they must be, {settings.partitions} partitions.")


def _retention(settings: RetentionSettings) -> Retention:
    return Retention(
        settings.images_retention_bytes, settings.predictions_retention_bytes, settings.dlq_retention_bytes
    )
