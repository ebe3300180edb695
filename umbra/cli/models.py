"""`umbra models`: model files in, versions out."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from umbra.cli.api import Json, client
from umbra.cli.output import print_json, print_table
from umbra.contracts.http.model_version import ModelVersion
from umbra.core.errors import Refused

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Models and their versions.")


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="An .onnx file.")],
    name: Annotated[str | None, typer.Option(help="Of the model; else from the file's name.")] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="A JSON manifest, for a file whose metadata does not say enough.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Add a model file as the next version of its model."""
    with client() as opened:
        added = opened.models.add(file, name, _read(manifest) if manifest else None)
    if as_json:
        print_json(added)
        return
    typer.echo(f"{added.id}  {added.task}, {len(added.labels)} labels, {added.bytes / 1e6:.1f} MB")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every ModelVersion."""
    with client() as opened:
        found = opened.models.list()
    if as_json:
        print_json(found, list[ModelVersion])
        return
    print_table(
        ("model version", "task", "labels", "MB", "added", "sha256"),
        [
            (m.id, m.task, len(m.labels), m.bytes / 1e6, f"{m.created_at:%Y-%m-%d %H:%M}", m.sha256[:12])
            for m in found
        ],
        "No model yet. Add one: umbra models add FILE.onnx",
    )


def _read(manifest: Path) -> dict[str, Any]:
    try:
        read = json.loads(manifest.read_text())
    except (OSError, ValueError) as err:
        raise Refused(f"Cannot read the manifest {manifest}: {err}.") from err
    if not isinstance(read, dict):
        raise Refused(f"The manifest {manifest} is no JSON object.")
    return read
