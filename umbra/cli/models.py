"""`umbra models`: model files in, versions out."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from umbra.cli.api import Json, client
from umbra.cli.manifest_file import read_manifest
from umbra.cli.model_trial import cell_of, examined, tried
from umbra.cli.model_view import show_manifest, show_report
from umbra.cli.output import print_json, print_table
from umbra.contracts.http.model_version import ModelVersion
from umbra.core.errors import Refused

File = Annotated[Path, typer.Argument(help="An .onnx file.")]
Manifest = Annotated[
    Path | None,
    typer.Option(help="YAML or JSON, for what the file does not say itself (docs/models.md)."),
]

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Models and their versions.")


@app.command()
def add(
    file: File,
    name: Annotated[str | None, typer.Option(help="Of the model; else from the file's name.")] = None,
    manifest: Manifest = None,
    as_json: Json = False,
) -> None:
    """Add a model file as the next version of its model."""
    with client() as opened:
        added = opened.models.add(file, name, read_manifest(manifest) if manifest else None)
    if as_json:
        print_json(added)
        return
    typer.echo(f"{added.id}  {added.task}, {len(added.labels)} labels, {added.bytes / 1e6:.1f} MB")
    if added.report is not None:
        show_report(added.report)


@app.command()
def inspect(file: File, manifest: Manifest = None, as_json: Json = False) -> None:
    """Say what a file is, without a server: found, guessed and why, missing, measured."""
    answer = examined(file, manifest)
    if as_json:
        print_json(msgspec.to_builtins(answer))
    else:
        show_report(answer.report)
        if answer.manifest is not None:
            show_manifest(answer.manifest)
    if answer.manifest is None:
        raise Refused(f"{file} cannot be used like this: see above.")


@app.command("try")
def try_(
    file: File,
    image: Annotated[Path, typer.Argument(help="JPEG, PNG, WebP, BMP or TIFF.")],
    manifest: Manifest = None,
    save: Annotated[Path | None, typer.Option(help="Where to put the image with its shapes drawn.")] = None,
    as_json: Json = False,
) -> None:
    """Run a file once on an image, without a server, and draw what it finds."""
    shapes = tried(file, manifest, image, save)
    if as_json:
        print_json([msgspec.to_builtins(shape) for shape in shapes])
        return
    rows = [(shape.label, shape.score, cell_of(shape)) for shape in shapes]
    print_table(("label", "score", "where"), rows, "It finds nothing at or above the operating threshold.")
    if save is not None:
        typer.echo(f"Drawn in {save}.")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every ModelVersion."""
    with client() as opened:
        found = opened.models.list()
    if as_json:
        print_json(found, list[ModelVersion])
        return
    print_table(
        ("model version", "state", "task", "labels", "MB", "added", "sha256"),
        [
            (
                m.id,
                m.state,
                m.task,
                len(m.labels),
                m.bytes / 1e6,
                f"{m.created_at:%Y-%m-%d %H:%M}",
                m.sha256[:12],
            )
            for m in found
        ],
        "No model yet. Add one: umbra models add FILE.onnx",
    )
