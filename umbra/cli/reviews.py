"""`umbra reviews`: ground truth in and out, in the formats others use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from umbra.cli.api import DeploymentOption, Json, chosen, client
from umbra.cli.exit_codes import ExitCode
from umbra.cli.output import print_json
from umbra.client import Deployment
from umbra.client.errors import RefusedByApi
from umbra.contracts.http.review import Landings, NamedReview, Review, Stored
from umbra.contracts.manifest import Task
from umbra.core.errors import Refused
from umbra.datasets import class_folders, coco, ultralytics, voc
from umbra.datasets.labelled import Labelled

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Reviews: what is in the images.")

_SHOWN = 5


Source = Literal["coco", "yolo", "voc", "folders"]
Target = Literal["coco", "ultralytics"]


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A COCO .json, or a directory.")],
    format_: Annotated[
        Source | None,
        typer.Option("--format", help="yolo: data.yaml and labels/; voc: .xml; folders: one for each label."),
    ] = None,
    deployment: DeploymentOption = None,
    landings: Annotated[
        Landings, typer.Option(help="Of an image that landed several times: none, the newest, or each.")
    ] = "one",
    as_json: Json = False,
) -> None:
    """Take the ground truth of a labelled data set as reviews of images that were judged."""
    with client() as opened:
        meant = chosen(opened, deployment)
        labelled = _read(source, format_ or _guessed(source), cast(Task, meant.show().task))
        stored = meant.reviews.add(
            (NamedReview(one.image_ids, one.shapes, relative=one.relative) for one in labelled),
            landings,
        )
    if as_json:
        print_json(stored)
    else:
        _tell(stored)
    if stored.refused or stored.ambiguous or not (stored.created + stored.corrected + stored.unchanged):
        raise typer.Exit(ExitCode.FAILED)


@app.command("export")
def export(
    target: Annotated[Path, typer.Argument(help="A COCO .json, or a directory for Ultralytics.")],
    format_: Annotated[
        Target | None, typer.Option("--format", help="coco or ultralytics; without it, by the target's name.")
    ] = None,
    deployment: DeploymentOption = None,
    images: Annotated[
        bool, typer.Option("--images/--no-images", help="Ultralytics: with the images that are still kept.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Write the reviewed images' ground truth as a data set to train on."""
    as_coco = format_ == "coco" or (format_ is None and target.suffix == ".json")
    with client() as opened:
        meant = chosen(opened, deployment)
        labels = meant.show().labels
        if as_coco:
            target.parent.mkdir(parents=True, exist_ok=True)
            written = coco.write(target, meant.reviews, labels)
        else:
            written = ultralytics.write(target, meant.reviews, labels, _content(meant) if images else None)
    if as_json:
        print_json(written)
        return
    typer.echo(f"{written.reviews:,} reviewed images in {target}")
    if written.left_out:
        typer.echo(f"{written.left_out:,} left out: a mask has no line there. Export them as COCO.", err=True)
    if written.without_image:
        typer.echo(
            f"{written.without_image:,} with labels only: their images are not kept any more.", err=True
        )


def _guessed(source: Path) -> Source:
    if source.is_file():
        return "coco"
    if (source / "data.yaml").is_file():
        return "yolo"
    return "voc" if any(source.rglob("*.xml")) else "folders"


def _read(source: Path, format_: Source, task: Task) -> Iterator[Labelled]:
    if not source.exists():
        raise Refused(f"There is no {source}.")
    match format_:
        case "coco":
            return coco.read(source, task)
        case "yolo":
            return ultralytics.read(source)
        case "voc":
            return voc.read(source)
        case "folders":
            return class_folders.read(source)


def _content(deployment: Deployment) -> ultralytics.Content:
    def content(review: Review) -> bytes | None:
        try:
            return deployment.content(review.image_id, f"{review.partition}-{review.offset}")
        except RefusedByApi as error:
            if error.status not in (404, 410):
                raise
            return None

    return content


def _tell(stored: Stored) -> None:
    typer.echo(
        f"{stored.created:,} reviewed, {stored.corrected:,} corrected, {stored.unchanged:,} as they were"
    )
    for names, why in (
        (stored.not_found, "no such image was judged"),
        (stored.ambiguous, "landed several times: say --landings newest or all"),
    ):
        if names:
            more = ", …" if len(names) > _SHOWN else ""
            typer.echo(f"{len(names):,} not taken, {why}: {', '.join(names[:_SHOWN])}{more}", err=True)
    for refused in stored.refused[:_SHOWN]:
        typer.echo(f"refused {refused.image_id}: {refused.reason}", err=True)
    if len(stored.refused) > _SHOWN:
        typer.echo(f"… {len(stored.refused):,} refused in all", err=True)
