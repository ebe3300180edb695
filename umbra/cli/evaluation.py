"""`umbra evaluation`: how good each ModelVersion is, by the reviews."""

from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from umbra.cli.api import DeploymentOption, Json, chosen, client
from umbra.cli.output import print_json, print_table
from umbra.contracts.http.evaluation import Difference, Evaluation, Value, VersionEvaluation

app = typer.Typer(add_completion=False)

_Figure = Callable[[VersionEvaluation], Value | float | None]

_OBJECTS: dict[str, _Figure] = {
    "AP": lambda of: of.ap,
    "AP50": lambda of: of.ap50,
    "AP75": lambda of: of.ap75,
    "AP small": lambda of: of.ap_small,
    "AP medium": lambda of: of.ap_medium,
    "AP large": lambda of: of.ap_large,
    "AR@1": lambda of: of.ar1,
    "AR@10": lambda of: of.ar10,
    "AR@100": lambda of: of.ar,
    "F1": lambda of: of.f1,
    "precision": lambda of: of.precision,
    "recall": lambda of: of.recall,
}
_DECISIVE = {"ap": "AP", "accuracy": "accuracy", "miou": "mIoU"}
_FIGURES: dict[str, dict[str, _Figure]] = {
    "detection": _OBJECTS,
    "instance-segmentation": _OBJECTS,
    "semantic-segmentation": {"mIoU": lambda of: of.miou, "pixel accuracy": lambda of: of.pixel_accuracy},
    "classification": {
        "accuracy": lambda of: of.accuracy,
        "macro F1": lambda of: of.macro_f1,
        "calibration error": lambda of: of.ece,
    },
}


@app.command()
def evaluation(
    deployment: DeploymentOption = None,
    window: Annotated[str, typer.Option(help="Of landings, until now: 15m, 24h, 14d.")] = "24h",
    slot: Annotated[str | None, typer.Option(help="The champion and this shadow alone.")] = None,
    as_json: Json = False,
) -> None:
    """Compare champion and shadows with the reviews, on the same images."""
    with client() as opened:
        found = chosen(opened, deployment).evaluation(window, slot)
    if as_json:
        print_json(found)
    else:
        _show(found, window)


def _show(found: Evaluation, window: str) -> None:
    if not found.reviewed:
        typer.echo(f"No image of the last {window} is reviewed. Begin with `umbra reviews import`.")
        return
    columns = [f"{', '.join(of.slots) or 'before'} {of.model_version}" for of in found.versions]
    rows: list[list[object]] = [
        ["images", *(of.images for of in found.versions)],
        ["without a prediction", *(of.missing for of in found.versions)],
        ["failed", *(of.failed for of in found.versions)],
    ]
    for name, figure in _FIGURES[found.task].items():
        rows.append([name, *(with_interval(figure(of)) for of in found.versions)])
    random = [of.random_only for of in found.versions]
    if any(of.n for of in random):
        rows.append(["drawn at random", *(of.n for of in random)])
        rows += [
            [f"{name} of these", *(with_interval(getattr(of, field)) for of in random)]
            for field, name in _DECISIVE.items()
            if any(getattr(of, field) for of in random)
        ]
    print_table((f"{found.reviewed:,} reviewed images", *columns), rows, "")
    show_verdicts(found.differences)


def show_verdicts(differences: Iterable[Difference]) -> None:
    """A sentence for each shadow."""
    for of in differences:
        typer.echo(f"{of.shadow} against {of.champion}: {of.verdict}, {_rests_on(of)}.")


def with_interval(figure: Value | float | None) -> str | None:
    """`0.6508 (0.637 to 0.676)`, the interval when there is one."""
    value = figure.value if isinstance(figure, Value) else figure
    if value is None:
        return None
    return f"{value:.4f}{_interval(figure, '.3f')}" if isinstance(figure, Value) else f"{value:.4f}"


def _rests_on(difference: Difference) -> str:
    gap: Value | None = getattr(difference, difference.verdict_by)
    images = f"{difference.images:,} images that both were to judge are reviewed"
    if gap is None or gap.value is None:
        return images
    return f"{_DECISIVE[difference.verdict_by]} {gap.value:+.4f}{_interval(gap, '+.3f')}; {images}"


def _interval(figure: Value, digits: str) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f" ({figure.low:{digits}} to {figure.high:{digits}})"
