"""`umbra dlq`: what could not be judged: look at it, save it, put it back."""

from pathlib import Path
from typing import Annotated

import typer

from umbra.cli.dead_letters import DeadLetter, original, read_all, read_one
from umbra.cli.output import print_json, print_table
from umbra.contracts import headers as h
from umbra.core.errors import Refused
from umbra.core.names import CHAMPION, REPLAYS, check_slot
from umbra.kafka.producer import Producer
from umbra.kafka.record import Place, Record
from umbra.settings import KafkaSettings, StoreSettings
from umbra.store import ClaimChecks

app = typer.Typer(add_completion=False, no_args_is_help=True, help="What could not be judged.")

Slot = Annotated[str, typer.Argument(help="Whose dead letters; `replays`: of all replays.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_COLUMNS = ("place", "at", "deployment", "image_id", "code", "message")


class DlqSettings(KafkaSettings, StoreSettings):
    """Where dead letters and their images are."""


@app.command("list")
def list_(
    slot: Slot = CHAMPION,
    code: Annotated[str | None, typer.Option(help="Only those with this code.")] = None,
    as_json: Json = False,
) -> None:
    """List the dead letters of a slot, oldest first."""
    letters = _chosen(DlqSettings.load(), _checked(slot), code)
    if as_json:
        print_json([letter.as_json() for letter in letters])
    else:
        rows = [
            [_printable(str(row[name] or "–")) for name in _COLUMNS]
            for row in map(DeadLetter.as_json, letters)
        ]
        print_table(_COLUMNS, rows, "No dead letters.")


@app.command()
def show(
    slot: Slot,
    place: Annotated[str, typer.Argument(help="As `umbra dlq list` shows it, like 0:17.")],
    save: Annotated[Path | None, typer.Option(help="Write the image to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Show one dead letter with its headers, and save its image."""
    settings = DlqSettings.load()
    letter = read_one(settings, _checked(slot), place)
    described = {
        **letter.as_json(),
        "headers": {name: (value or b"").decode(errors="replace") for name, value in letter.original_headers},
        "bytes": len(letter.record.value or b""),
        "is_reference": letter.is_reference,
    }
    if save is not None:
        image = _image(settings, original(settings, letter))
        save.write_bytes(image)
        described |= {"saved": str(save), "saved_bytes": len(image)}
    if as_json:
        print_json(described)
    else:
        _print_fields(described)


@app.command()
def replay(
    slot: Slot,
    places: Annotated[list[str] | None, typer.Argument(metavar="[PLACE]...", help="Which ones.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every dead letter of the slot.")] = False,
    code: Annotated[str | None, typer.Option(help="With --all: only those with this code.")] = None,
    as_json: Json = False,
) -> None:
    """Put dead letters back on the images topic, to be judged again by every slot."""
    if bool(places) == all_:
        raise typer.BadParameter("Give the places to replay, or --all.")
    settings = DlqSettings.load()
    slot = _checked(slot)
    letters = _chosen(settings, slot, code) if all_ else [read_one(settings, slot, p) for p in places or ()]
    outcomes = _replay(settings, letters)
    if as_json:
        print_json(outcomes)
    else:
        _print_outcomes(outcomes)
    if any("refused" in outcome for outcome in outcomes):
        raise Refused("Not every dead letter could be put back.")


def _checked(slot: str) -> str:
    return slot if slot == REPLAYS else check_slot(slot)


def _chosen(settings: KafkaSettings, slot: str, code: str | None) -> list[DeadLetter]:
    return [letter for letter in read_all(settings, slot) if code in (None, letter.code)]


def _replay(settings: KafkaSettings, letters: list[DeadLetter]) -> list[dict[str, str]]:
    outcomes: list[dict[str, str]] = []
    with Producer(settings) as producer:
        for letter in letters:
            try:
                landed = _put_back(settings, producer, original(settings, letter))
                outcomes.append({"place": letter.place, "landed": f"{landed.partition}:{landed.offset}"})
            except Refused as err:
                outcomes.append({"place": letter.place, "refused": str(err)})
    return outcomes


def _put_back(settings: KafkaSettings, producer: Producer, record: Record) -> Place:
    sent = producer.send(
        settings.topics.images, value=record.value or b"", key=record.key, headers=record.headers
    )
    return sent.result()


def _image(settings: DlqSettings, record: Record) -> bytes:
    values = h.first_values(record.headers)
    if h.URI not in values:
        return record.value or b""
    uri, sha256 = (values.get(name, b"").decode(errors="replace") for name in (h.URI, h.SHA256))
    return ClaimChecks(settings).fetch(uri, sha256, settings.max_image_bytes)


def _print_fields(described: dict[str, object]) -> None:
    for name, value in described.items():
        for text in [f"{n}: {v}" for n, v in value.items()] if isinstance(value, dict) else [value]:
            typer.echo(f"{name:14}{'-' if text is None else _printable(str(text))}")


def _printable(text: str) -> str:
    # Whoever sent the record wrote this: a terminal is not to obey it.
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def _print_outcomes(outcomes: list[dict[str, str]]) -> None:
    for outcome in outcomes:
        became = f"landed at {outcome['landed']}" if "landed" in outcome else f"refused: {outcome['refused']}"
        typer.echo(f"{outcome['place']} {became}")
    typer.echo(f"{sum('landed' in outcome for outcome in outcomes)} of {len(outcomes)} put back.")
