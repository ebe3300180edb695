"""Which images lack a prediction, which cannot have one yet, and of which it can no longer be known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from umbra.core.names import CHAMPION
from umbra.verify.ledger import Column, Ledger
from umbra.verify.violation import SHOWN, Claim, Findings, Violation

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Horizon:
    """From where a partition of a prediction topic is whole.

    Attributes:
        log_start: records below it left the log; 0: none did.
        first_ms: when its first record was written, milliseconds since the epoch; None without any.
    """

    log_start: int = 0
    first_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SlotCoverage:
    """Of one slot in one partition, in images.

    Attributes:
        due: those that must have a prediction by now.
        pending: its workers have not committed so far yet.
        lost: it may have had one that left the log since.
    """

    due: int
    missing: int
    pending: int
    lost: int


def cover(
    ledger: Ledger, slot: str, committed: int | None, horizon: Horizon, findings: Findings
) -> SlotCoverage:
    """Look for the images that lack a prediction of `slot`.

    Args:
        committed: the next offset of the slot's group; None when it has none.
    """
    column = ledger.column(slot)
    wanted = ledger.must(slot)
    absent = wanted & ~column.present
    pending = absent & ~reached(ledger, committed)
    lost = absent & ~pending & _may_have_left(ledger, column, horizon)
    missing = absent & ~pending & ~lost

    claim = Claim.CHAMPION if slot == CHAMPION else Claim.SHADOWS
    found = SlotCoverage(
        int((wanted & ~pending & ~lost).sum()), int(missing.sum()), int(pending.sum()), int(lost.sum())
    )
    findings.checked[claim] += found.due
    findings.pending[claim] += found.pending
    findings.counts["predictions_left_the_log"] += found.lost
    _report(ledger, slot, missing, claim, findings)
    return found


def reached(ledger: Ledger, committed: int | None) -> Mask:
    """Which images a group has behind it; none when its offsets are those of another incarnation."""
    offsets = np.arange(ledger.held.start, ledger.held.start + len(ledger.code))
    if committed is None or committed > ledger.held.end:
        return np.zeros(len(offsets), np.bool_)
    return offsets < committed


def _may_have_left(ledger: Ledger, column: Column, horizon: Horizon) -> Mask:
    """Whose prediction may have been in the part of the topic that retention took.

    A prediction is written after its image landed, and a slot writes them in the order of the images.
    """
    if horizon.log_start == 0:
        return np.zeros(len(ledger.code), np.bool_)
    older = ledger.landed_ms < (horizon.first_ms if horizon.first_ms is not None else np.iinfo(np.int64).max)
    if column.first is not None:
        older[max(0, column.first - ledger.held.start) :] = False
    return older


def _report(ledger: Ledger, slot: str, missing: Mask, claim: Claim, findings: Findings) -> None:
    places = np.flatnonzero(missing)
    for at in places[:SHOWN].tolist():
        row = ledger.expected.row(int(ledger.code[at]))
        assert row is not None
        held = row.in_force.slots.get(slot)
        model = held.model_version if held else "?"
        wanted = f"one of {row.deployment} revision {row.in_force.revision} ({model})"
        found = "no prediction"
        findings.add(
            Violation(claim, "missing", ledger.partition, ledger.held.start + at, slot, found, wanted)
        )
    findings.count(claim, "missing", max(0, len(places) - SHOWN))
