"""A model file tried on this machine: checked in a limited process first, like an upload."""

import tempfile
from pathlib import Path

from umbra.checker.check import check
from umbra.checker.limits import Limits
from umbra.checker.request import Answer, Question, head_of
from umbra.cli.manifest_file import read_manifest
from umbra.contracts.manifest_draft import manifest_of
from umbra.contracts.prediction import Classification, Mask, Polygon, Rectangle, Shape
from umbra.core.errors import ImageError, Refused
from umbra.settings import CheckerSettings, PixelSettings


def examined(file: Path, manifest: Path | None) -> Answer:
    """What a check says of a file.

    Raises:
        Refused: a file cannot be read.
    """
    settings = CheckerSettings.load()
    limits = Limits(settings.check_memory_bytes, settings.check_timeout_s, settings.check_operator_domains)
    given = read_manifest(manifest) if manifest else {}
    with tempfile.TemporaryDirectory(prefix="umbra-check-") as directory:
        request = Path(directory) / "request"
        request.write_bytes(head_of(Question(file.stem, given)) + _bytes(file))
        return check(request, limits)


def tried(file: Path, manifest: Path | None, image: Path, save: Path | None) -> list[Shape]:
    """The shapes that a model finds in an image, drawn into a copy of it if that is wanted.

    Raises:
        Refused: the model or the image cannot be used.
    """
    answer = examined(file, manifest)
    if answer.manifest is None:
        reasons = " ".join(f"{fault.detail} {fault.remedy}" for fault in answer.report.refusals)
        raise Refused(f"{file} cannot be used: {reasons} `umbra models inspect {file}` says more.")
    # Here: `umbra models list` needs none of them.
    from umbra.onnx.decode import decode
    from umbra.onnx.draw import draw
    from umbra.onnx.heads.shapes import shapes
    from umbra.onnx.session import Model

    try:
        pixels = decode(_bytes(image), PixelSettings.load().max_pixels)
    except ImageError as err:
        raise Refused(f"{image}: {err}") from err
    model = Model.load(_bytes(file), manifest_of(answer.manifest))
    (outcome,) = model.infer_images([pixels])
    if isinstance(outcome, ImageError):
        raise Refused(str(outcome)) from outcome
    found = shapes(outcome, model.manifest).shapes
    if save is not None:
        draw(pixels, found, save)
    return found


def cell_of(shape: Shape) -> str:
    """Where a shape is, for a table."""
    match shape:
        case Rectangle():
            return " ".join(f"{value:.1f}" for value in shape.box)
        case Polygon():
            return f"{len(shape.points)} points"
        case Mask():
            return f"mask of {shape.rle.size[1]} x {shape.rle.size[0]}"
        case Classification():
            return "the image"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise Refused(f"Cannot read {path}: {err.strerror}.") from err
