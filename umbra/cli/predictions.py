"""`umbra predictions tail`: what the slots say, as they say it."""

import sys
from typing import Annotated

import typer

from umbra.cli.exit_codes import ExitCode
from umbra.contracts.prediction import Prediction, prediction_decoder
from umbra.core.errors import InvalidMessage
from umbra.core.names import check_slot
from umbra.kafka.read import tail as tail_topics
from umbra.kafka.record import Record
from umbra.settings import KafkaSettings

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Predictions.")


@app.callback()
def _group() -> None:
    """Predictions."""  # with one command alone, typer would drop its name


@app.command()
def tail(
    deployment: Annotated[str | None, typer.Option("--deployment", "-d", help="Only this one's.")] = None,
    slot: Annotated[str | None, typer.Option(help="Only this slot's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="Stop after so many.")] = None,
) -> None:
    """Follow predictions from now on, read committed; Ctrl-C ends it."""
    settings = KafkaSettings.load()
    topics = _topics(settings, slot)
    shown = 0
    try:
        for record in tail_topics(settings, topics, lambda: False):
            shown += _show(record, deployment, slot, as_json)
            if shown == count:
                return
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _topics(settings: KafkaSettings, slot: str | None) -> list[str]:
    topics = settings.topics
    if slot is None:
        return [topics.predictions_champion, topics.predictions_shadow]
    return [topics.predictions(check_slot(slot))]


def _show(record: Record, deployment: str | None, slot: str | None, as_json: bool) -> bool:
    """Print a prediction that is wanted; whether it was."""
    try:
        prediction = prediction_decoder.decode(record.value)
    except InvalidMessage as err:
        typer.echo(f"skipped {record.topic} {record.partition}-{record.offset}: {err}", err=True)
        return False
    if deployment not in (None, prediction.deployment) or slot not in (None, prediction.slot):
        return False
    line = (record.value or b"").decode() if as_json else _line(prediction)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return True


def _line(prediction: Prediction) -> str:
    place = f"{prediction.image.partition}-{prediction.image.offset}"
    said = prediction.error.code if prediction.error else _shapes(prediction)
    return (
        f"{prediction.predicted_at:%T} {prediction.deployment} {prediction.slot} {prediction.model_version} "
        f"r{prediction.revision} {prediction.image_id} ({place}) {prediction.latency_ms.total:.1f} ms: {said}"
    )


def _shapes(prediction: Prediction) -> str:
    shapes = [f"{shape.label} {shape.score:.2f}" for shape in prediction.shapes]
    return ", ".join(shapes) or "nothing"
