"""`umbra topics`: make the topics, give them more partitions, say who needs which right on them."""

import sys
from typing import Annotated

import typer

from umbra.cli import acls
from umbra.cli.api import Json
from umbra.cli.output import print_json
from umbra.cli.patience import WaitFor, patiently
from umbra.contracts.acls import accounts
from umbra.contracts.topics import Retention
from umbra.core.names import check_shadow_slot
from umbra.local.topics import SLOTS, ensure_topics, grow_topics
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
    slot: Annotated[
        list[str] | None, typer.Option(help="A further shadow slot that has workers; may be repeated.")
    ] = None,
    show_acls: Annotated[
        bool, typer.Option("--acls", help="Print the rights each service needs; Kafka is not asked.")
    ] = False,
    principal_prefix: Annotated[
        str, typer.Option(help="With --acls: what each service's principal begins with.")
    ] = "User:umbra-",
    wait: WaitFor = 0.0,
    as_json: Json = False,
) -> None:
    """Make the topics that are missing and check the others and the brokers."""
    settings = Settings.load()
    slots = tuple(dict.fromkeys((*SLOTS, *map(check_shadow_slot, slot or ()))))
    if show_acls:
        _print_acls(settings, slots, principal_prefix, as_json)
        return
    if partitions is not None:
        settings = settings.model_copy(update={"partitions": partitions})
        patiently(lambda: grow_topics(settings), wait)
    made = patiently(lambda: ensure_topics(settings, _retention(settings), slots), wait)
    if as_json:
        print_json({"made": made, "partitions": settings.partitions})
        return
    for name in made:
        typer.echo(f"made {name}")
    typer.echo(f"All topics are as they must be, {settings.partitions} partitions.")


def _print_acls(
    settings: KafkaSettings, slots: tuple[str, ...], principal_prefix: str, as_json: bool
) -> None:
    wanted = accounts(settings.topics, slots)
    if as_json:
        print_json(acls.rows(wanted, principal_prefix))
    else:
        sys.stdout.write(acls.commands(wanted, principal_prefix, settings.kafka_bootstrap))


def _retention(settings: RetentionSettings) -> Retention:
    return Retention(
        settings.images_retention_bytes, settings.predictions_retention_bytes, settings.dlq_retention_bytes
    )
