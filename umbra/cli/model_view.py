"""What there is to know of a model file, for people."""

from collections.abc import Mapping
from typing import Any

import yaml
from rich.markup import escape

from umbra.cli.output import console
from umbra.contracts.http.model_report import Fault, Measurements, ModelReport, Noted

_LONGEST = 80


def show_report(report: ModelReport) -> None:
    """Section by section; those with nothing in them are left out."""
    _show_noted("found", report.found)
    _show_noted("guessed", report.guessed)
    _show_faults("missing", report.missing)
    _show_noted("candidates", report.candidates)
    _show_faults("problems", report.problems)
    _show_faults("warnings", report.warnings)
    if report.measurements is not None:
        _show_measurements(report.measurements)


def show_manifest(manifest: Mapping[str, Any]) -> None:
    """As YAML, ready to be kept in a file."""
    text = yaml.safe_dump(_plain(manifest), sort_keys=False, allow_unicode=True, default_flow_style=None)
    console().print(f"[b]manifest[/b]\n{escape(text)}", highlight=False, soft_wrap=True)


def _show_noted(title: str, noted: list[Noted]) -> None:
    _show(title, [f"{one.field} = {_short(one.value)}  ({one.why})" for one in noted])


def _show_faults(title: str, faults: list[Fault]) -> None:
    _show(title, [f"{fault.detail} {fault.remedy}" for fault in faults])


def _show_measurements(measured: Measurements) -> None:
    batch = "any number" if measured.fixed_batch is None else f"{measured.fixed_batch}, fixed"
    sizes = ", ".join(f"{height} x {width}" for height, width in measured.sizes)
    latency = ", ".join(f"{images}: {ms:.1f} ms" for images, ms in measured.latency_ms.items())
    _show(
        "measured",
        [
            f"images in a run: {batch} (ran with {', '.join(map(str, measured.batches))})",
            f"height x width: {sizes}{', fixed' if measured.fixed_size else ''}",
            f"images at once: {latency}",
            f"loaded in {measured.load_ms:.0f} ms, {measured.memory_bytes / 1e6:.0f} MB at most",
        ],
    )


def _show(title: str, lines: list[str]) -> None:
    if lines:
        console().print(
            f"[b]{title}[/b]", *(f"  {escape(line)}" for line in lines), sep="\n", highlight=False
        )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _plain(value: Any) -> Any:
    """Without tuples, which YAML would tag."""
    match value:
        case Mapping():
            return {key: _plain(one) for key, one in value.items()}
        case tuple() | list():
            return [_plain(one) for one in value]
    return value
