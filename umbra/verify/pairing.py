"""PostgreSQL's pairs held against the predictions on the topics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from umbra.core.names import CHAMPION
from umbra.verify.control import Control
from umbra.verify.coverage import Mask, reached
from umbra.verify.judging import REPLAY
from umbra.verify.ledger import Ledger
from umbra.verify.violation import SHOWN, Claim, Findings, Violation

if TYPE_CHECKING:
    from umbra.postgres.comparisons import KeptPair


@dataclass(frozen=True, slots=True)
class Applied:
    """How far PostgreSQL is with one partition number.

    Attributes:
        champion, shadow: the next record of each prediction topic that the monitor will apply.
        kept_since_ms: of images that landed before, nothing is kept; milliseconds since the epoch.
    """

    champion: int
    shadow: int
    kept_since_ms: int = 0


class Pairing:
    """Of one partition."""

    def __init__(
        self,
        ledger: Ledger,
        control: Control,
        topic_id: str,
        committed: Mapping[str, int],
        findings: Findings,
    ) -> None:
        self._ledger = ledger
        self._control = control
        self._topic_id = topic_id
        self._findings = findings
        self._champion = ledger.column(CHAMPION)
        self._shadows = {slot: column for slot, column in ledger.columns.items() if slot != CHAMPION}
        self._paired = {slot: np.zeros(len(ledger.code), np.bool_) for slot in self._shadows}
        self._reached = {slot: reached(ledger, committed.get(slot)) for slot in ledger.columns}
        self._models = {number: model for model, number in ledger.models.items()}

    def check(self, kept: Iterable["KeptPair"], applied: Applied) -> int:
        """Hold every pair that is kept against its predictions, then look for those that are not there.

        Returns:
            Pairs that are pending.
        """
        for pair in kept:
            self._hold(pair)
        return sum(self._cover(slot, applied) for slot in self._shadows)

    def _hold(self, pair: "KeptPair") -> None:
        if pair.slot.startswith(REPLAY):
            return
        revision = self._control.revisions.get((pair.deployment, pair.revision))
        if revision is not None and revision.state == "active" and revision.topic_id != self._topic_id:
            self._findings.counts["pairs_of_former_topic"] += 1
            return
        if not self._ledger.holds(pair.offset):
            self._findings.counts["pairs_of_expired_images"] += pair.offset < self._ledger.held.start
            return
        at = pair.offset - self._ledger.held.start
        if not self._both(pair.slot, at):
            self._stray(pair, at)
            return
        wanted, paired = self._wanted(pair, at), self._paired[pair.slot]
        if wanted != pair:
            self._report("wrong-pair", pair, _described(wanted))
        elif paired[at]:
            self._report("doubled-pair", pair, "one pair only")
        # Of another landing it answers for no image; wrong otherwise, it is told once.
        paired[at] |= wanted.landed_ms == pair.landed_ms

    def _both(self, slot: str, at: int) -> bool:
        column = self._shadows.get(slot)
        return column is not None and bool(column.present[at] and self._champion.present[at])

    def _wanted(self, pair: "KeptPair", at: int) -> "KeptPair":
        """The pair as it ought to be."""
        column, row = self._shadows[pair.slot], self._ledger.expected.row(int(self._ledger.code[at]))
        return pair._replace(
            landed_ms=int(self._ledger.landed_ms[at]),
            deployment=row.deployment if row is not None else pair.deployment,
            revision=int(self._champion.revision[at]),
            champion=self._models[int(self._champion.model[at])],
            shadow=self._models[int(column.model[at])],
            outcome=self._outcome(pair.slot, at),
        )

    def _outcome(self, slot: str, at: int) -> str:
        champion, shadow = self._champion, self._shadows[slot]
        if champion.revision[at] != shadow.revision[at]:
            return "mixed"
        return "failed" if champion.failed[at] or shadow.failed[at] else "compared"

    def _stray(self, pair: "KeptPair", at: int) -> None:
        """A pair without its two predictions: one may have been made since the topics were read."""
        seen = self._reached.get(pair.slot)
        if seen is None or (seen[at] and self._reached[CHAMPION][at]):
            self._report("stray-pair", pair, "none: the topics do not hold both predictions")

    def _cover(self, slot: str, applied: Applied) -> int:
        """Report the images of which both predictions are there and no pair; how many are pending."""
        champion, shadow = self._champion, self._shadows[slot]
        both = champion.present & shadow.present & (self._ledger.landed_ms >= applied.kept_since_ms)
        here = (champion.record < applied.champion) & (shadow.record < applied.shadow)
        unpaired = both & here & ~self._paired[slot]
        pending = int((both & ~here & ~self._paired[slot]).sum())
        self._findings.checked[Claim.PAIRS] += int(both.sum()) - pending
        self._findings.pending[Claim.PAIRS] += pending
        self._report_unpaired(slot, unpaired)
        return pending

    def _report(self, kind: str, pair: "KeptPair", expected: str) -> None:
        place = self._ledger.partition, pair.offset
        self._findings.add(Violation(Claim.PAIRS, kind, *place, pair.slot, _described(pair), expected))

    def _report_unpaired(self, slot: str, unpaired: Mask) -> None:
        places = np.flatnonzero(unpaired)
        for at in places[:SHOWN].tolist():
            models = (self._champion.model[at], self._shadows[slot].model[at])
            wanted = "{} beside {}".format(*(self._models[int(model)] for model in models))
            place = self._ledger.partition, self._ledger.held.start + at
            self._findings.add(Violation(Claim.PAIRS, "unpaired", *place, slot, "no pair", wanted))
        self._findings.count(Claim.PAIRS, "unpaired", max(0, len(places) - SHOWN))


def _described(pair: "KeptPair") -> str:
    return (
        f"{pair.deployment} revision {pair.revision}: {pair.champion} beside {pair.shadow}, {pair.outcome},"
        f" landed {pair.landed_ms}"
    )
