"""The tables of `umbra demo`."""

from collections.abc import Sequence

from rich.console import Console as Screen
from rich.table import Table

from umbra.cli.demo_proof import Proof
from umbra.cli.devices import runs_on, shared_devices
from umbra.contracts.http.comparison import Comparisons, PairFigures
from umbra.contracts.http.metrics import Metrics, VersionTotals
from umbra.contracts.http.revision import RevisionEntry
from umbra.contracts.http.worker import WorkerEntry
from umbra.core.names import CHAMPION, SHADOW


def show_comparison(
    screen: Screen, metrics: Metrics, comparisons: Comparisons, workers: Sequence[WorkerEntry]
) -> None:
    """Champion beside shadow and what they run on, then how far they agree."""
    champion, shadow = metrics.slots[CHAMPION][0], metrics.slots[SHADOW][0]
    table = Table("", f"champion {champion.model_version}", f"shadow {shadow.model_version}")
    for name, one, other in zip(_FIGURES, _figures(champion.totals), _figures(shadow.totals), strict=True):
        table.add_row(name, one, other)
    table.add_row("runs on", *(runs_on(w for w in workers if w.slot == slot) for slot in (CHAMPION, SHADOW)))
    screen.print(table)
    for warning in shared_devices(workers):
        screen.print(f"[yellow]{warning}[/yellow]")
    for pair in comparisons.pairs:
        screen.print(_agreement(pair))


_FIGURES = ("images", "failures", "latency p50 / p99", "shapes an image", "score")


def _figures(totals: VersionTotals) -> tuple[str, ...]:
    latency = totals.latency_ms
    return (
        f"{totals.images:,}",
        f"{totals.failed:,}",
        f"{number(latency.p50, 1)} / {number(latency.p99, 1)} ms",
        number(totals.shapes_mean, 2),
        number(totals.score_mean, 3),
    )


def _agreement(pair: PairFigures) -> str:
    expected = pair.complete + pair.waiting + pair.orphans
    return (
        f"agreement {number(pair.agreement, 3)} · matched IoU {number(pair.matched_iou, 3)} · "
        f"label flips {number(pair.flips_per_image, 2)} an image · "
        f"pairs {pair.complete:,} of {expected:,} complete"
    )


def show_switch(screen: Screen, promotion: RevisionEntry, proofs: Sequence[Proof]) -> None:
    """Where the new revision begins, and who judged what on both sides of it."""
    champion = promotion.slots[CHAMPION].model_version
    screen.print(f"revision {promotion.revision} is active: {champion} is the champion from here on")
    table = Table("partition", "first offset", *(f"{p.slot}: before / after" for p in proofs))
    for partition, start in sorted(promotion.starts.items()):
        counts = (f"{proof.before[partition]:,} / {proof.after[partition]:,}" for proof in proofs)
        table.add_row(str(partition), f"{start:,}", *counts)
    screen.print(table)
    for proof in proofs:
        screen.print(_verdict(proof))


def _verdict(proof: Proof) -> str:
    if proof.holds:
        return f"{proof.slot}: each of {proof.sent:,} images was judged once, and by the right ModelVersion"
    return (
        f"[red]{proof.slot}: {proof.images:,} of {proof.sent:,} images judged, {proof.wrong:,} by the wrong "
        f"ModelVersion, {proof.doubled:,} more than once[/red]"
    )


def number(value: float | None, digits: int) -> str:
    """A figure, or a dash when it is unknown."""
    return "–" if value is None else f"{value:.{digits}f}"
