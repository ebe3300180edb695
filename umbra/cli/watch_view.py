"""What `umbra watch` shows of one look at a deployment."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from umbra.cli.devices import runs_on, shared_devices
from umbra.cli.output import cell
from umbra.contracts.http.comparison import Comparisons, PairFigures
from umbra.contracts.http.deployment import Deployment
from umbra.contracts.http.metrics import Metrics, VersionFigures, VersionTotals
from umbra.contracts.http.worker import WorkerEntry
from umbra.core.names import slot_order


@dataclass(frozen=True, slots=True)
class Glance:
    """A deployment at one moment."""

    deployment: Deployment
    metrics: Metrics
    comparisons: Comparisons
    workers: list[WorkerEntry]


_FIGURES: tuple[tuple[str, Callable[[VersionTotals], object]], ...] = (
    ("images", lambda totals: totals.images),
    ("failed", lambda totals: totals.failed),
    ("latency p50 ms", lambda totals: totals.latency_ms.p50),
    ("latency p99 ms", lambda totals: totals.latency_ms.p99),
    ("queue p50 ms", lambda totals: totals.queue_ms.p50),
    ("shapes an image", lambda totals: totals.shapes_mean),
    ("mean score", lambda totals: totals.score_mean),
)
_COMPARED: tuple[tuple[str, Callable[[PairFigures], object]], ...] = (
    ("compared since revision", lambda pair: pair.since_revision),
    ("agreement", lambda pair: pair.agreement),
    ("matched IoU", lambda pair: pair.matched_iou),
    ("label flips an image", lambda pair: pair.flips_per_image),
    ("contested an image", lambda pair: pair.contested_per_image),
    ("pairs", lambda pair: pair.complete),
    ("waiting", lambda pair: pair.waiting),
    ("orphans", lambda pair: pair.orphans),
    ("not compared (mixed)", lambda pair: pair.mixed),
)


def view(glance: Glance) -> RenderableType:
    """The champion's column, then one for each shadow; below it, how they compare."""
    slots = sorted(glance.deployment.slots, key=slot_order)
    table = Table(title=_title(glance), title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for slot in slots:
        held = glance.deployment.slots[slot]
        table.add_column(f"{slot}\n{held.model_version}", justify="right")
    for name, figure in _FIGURES:
        table.add_row(name, *(_figure(glance, slot, figure) for slot in slots))
    table.add_row("runs on", *(_runs_on(glance, slot) for slot in slots))
    table.add_section()
    for name, compared in _COMPARED:
        table.add_row(name, *(_pair_figure(glance, slot, compared) for slot in slots))
    warnings = [Text(warning, style="yellow") for warning in shared_devices(glance.workers)]
    shown = glance.deployment.slots
    unmanned = (slot for slot in slots if not (shown[slot].workers or shown[slot].paused))
    warnings += [Text(f"No worker runs slot {slot}.", style="yellow") for slot in unmanned]
    return Group(table, *warnings, Text(_staged(glance.deployment)))


def _title(glance: Glance) -> str:
    deployment = glance.deployment
    until = f"{glance.metrics.complete_until:%T}Z"
    return f"{deployment.id}  revision {deployment.revision} {deployment.state}, figures up to {until}"


def _runs_on(glance: Glance, slot: str) -> str:
    return runs_on(worker for worker in glance.workers if worker.live and worker.slot == slot)


def _figure(glance: Glance, slot: str, figure: Callable[[VersionTotals], object]) -> str:
    held = glance.deployment.slots[slot].model_version
    versions: list[VersionFigures] = glance.metrics.slots.get(slot, [])
    found = next((version for version in versions if version.model_version == held), None)
    return cell(figure(found.totals)) if found else "–"


def _pair_figure(glance: Glance, slot: str, compared: Callable[[PairFigures], object]) -> str:
    # Newest assignment first: that is the one in force.
    found = next((pair for pair in glance.comparisons.pairs if pair.slot == slot), None)
    return cell(compared(found)) if found else ""


def _staged(deployment: Deployment) -> str:
    if deployment.staged is not None:
        waiting = ", ".join(deployment.staged.waiting_for) or "the relay"
        return f"revision {deployment.staged.revision} ({deployment.staged.kind}) waits for {waiting}"
    if deployment.latest.state == "failed":
        return f"revision {deployment.latest.revision} failed: {deployment.latest.failure}"
    return ""
