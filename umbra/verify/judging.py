"""Predictions held against the ledger: is each of an image, and made by whom its place says."""

from collections.abc import Iterable
from dataclasses import dataclass

from umbra.core.errors import InvalidMessage
from umbra.core.names import CHAMPION
from umbra.kafka.record import Record
from umbra.verify.control import Control, Revision
from umbra.verify.expected import MARKER, NOTHING, UNKNOWN, WAITED_FOR, Expectation
from umbra.verify.ledger import Ledger
from umbra.verify.said import Said, read_said
from umbra.verify.violation import Claim, Findings, Violation

REPLAY = "replay-"

_NOT_AN_IMAGE = {
    NOTHING: ("no-image", "no record of the images topic stands there"),
    MARKER: ("marker", "a marker stands there, which nobody judges"),
    UNKNOWN: ("unknown-deployment", "none: no revision of the image's deployment is in force there"),
    WAITED_FOR: ("unknown-deployment", "none yet: no revision of its deployment names this partition"),
}


@dataclass(frozen=True, slots=True)
class _Wrong:
    claim: Claim
    kind: str
    expected: str


class Judging:
    """Of one partition number of both prediction topics."""

    def __init__(self, ledger: Ledger, control: Control, topic_id: str, findings: Findings) -> None:
        self._ledger = ledger
        self._control = control
        self._topic_id = topic_id
        self._findings = findings

    def judge(self, records: Iterable[Record], *, of_champion: bool) -> None:
        """Hold all predictions of a topic against the ledger, and note them there.

        Args:
            of_champion: whether it is the champion's topic.
        """
        for record in records:
            try:
                said = read_said(record.value)
            except InvalidMessage as err:
                self._report_unreadable(record, str(err))
                continue
            if said.slot.startswith(REPLAY):
                self._findings.counts["replayed"] += 1
            elif (said.slot == CHAMPION) != of_champion or said.image.partition != record.partition:
                self._report(said, record, _misplaced(said))
            else:
                self._hold(said, record)

    def _hold(self, said: Said, record: Record) -> None:
        revision = self._control.revisions.get((said.deployment, said.revision))
        if revision is not None and revision.state == "active" and revision.topic_id != self._topic_id:
            self._findings.counts["of_former_topic"] += 1
            return
        self._count(said)
        misjudged = self._misjudged(said)
        # What is not about an image at all is told first: it answers for no image.
        about_nothing = misjudged is not None and misjudged.claim is Claim.IMAGES_ONLY
        wrong = misjudged if about_nothing else _out_of_force(revision) or misjudged
        if wrong is not None:
            self._report(said, record, wrong)
        if said.image.offset < self._ledger.held.start:
            self._findings.counts["of_expired_images"] += 1
        elif wrong is None or wrong.claim is not Claim.IMAGES_ONLY:
            self._note(said, record)

    def _count(self, said: Said) -> None:
        checked = self._findings.checked
        checked[Claim.IN_FORCE] += 1
        checked[Claim.IMAGES_ONLY] += 1
        checked[Claim.STARTS] += said.slot == CHAMPION

    def _note(self, said: Said, record: Record) -> None:
        column = self._ledger.column(said.slot)
        if column.first is None:
            column.first = said.image.offset
        before = self._ledger.note(said, record)
        if before is not None:
            first = _where(record._replace(offset=before))
            self._report(said, record, _Wrong(_counting(said), "doubled", f"only the one at {first}"))

    def _misjudged(self, said: Said) -> _Wrong | None:
        """What is wrong with a prediction, going by the place of its image; None: nothing."""
        code = self._code(said)
        if code in _NOT_AN_IMAGE:
            return _Wrong(Claim.IMAGES_ONLY, *_NOT_AN_IMAGE[code])
        row = self._ledger.expected.row(code)
        assert row is not None
        if row.deployment != said.deployment or not self._is_same_landing(said):
            return _Wrong(Claim.IMAGES_ONLY, "other-image", f"an image of {row.deployment} that landed then")
        return _misassigned(said, row)

    def _code(self, said: Said) -> int:
        offset = said.image.offset
        if offset < self._ledger.held.start:
            # The image has left the log: only the prediction still says whose it was.
            return self._ledger.expected.code(said.deployment, offset)
        return self._ledger.code_at(offset)

    def _is_same_landing(self, said: Said) -> bool:
        at = said.image.offset - self._ledger.held.start
        return at < 0 or self._ledger.landed_ms[at] == said.landed_ms

    def _report(self, said: Said, record: Record, wrong: _Wrong) -> None:
        self._findings.add(
            Violation(
                wrong.claim,
                wrong.kind,
                said.image.partition,
                said.image.offset,
                said.slot,
                f"{said.deployment} {said.judge}",
                wrong.expected,
                _where(record),
            )
        )

    def _report_unreadable(self, record: Record, reason: str) -> None:
        self._findings.add(
            Violation(
                Claim.IMAGES_ONLY,
                "unreadable",
                record.partition,
                None,
                None,
                reason,
                "a prediction",
                _where(record),
            )
        )


def _misplaced(said: Said) -> _Wrong:
    return _Wrong(
        Claim.IMAGES_ONLY,
        "misplaced",
        f"partition {said.image.partition} of the topic of slot {said.slot}",
    )


def _out_of_force(revision: Revision | None) -> _Wrong | None:
    if revision is None:
        return _Wrong(Claim.IN_FORCE, "unknown-revision", "a revision that the control topic holds")
    if revision.state == "failed":
        return _Wrong(Claim.IN_FORCE, "failed-revision", f"nothing of {revision.key}, which failed")
    if revision.state == "staged":
        return _Wrong(Claim.IN_FORCE, "staged-revision", f"nothing of {revision.key} before it is active")
    return None


def _misassigned(said: Said, row: Expectation) -> _Wrong | None:
    """Whether another revision or ModelVersion should have judged it, or this slot not at all."""
    claim = Claim.STARTS if said.slot == CHAMPION else Claim.SHADOWS
    revision = next((r for r in row.allowed if r.revision == said.revision), None)
    if revision is None:
        return _Wrong(claim, "wrong-revision", _judges(row, said.slot))
    held = revision.slots.get(said.slot)
    if held is None:
        return _Wrong(claim, "not-in-revision", f"none: {revision.key} has no slot {said.slot}")
    if held.paused:
        return _Wrong(claim, "paused", f"none: slot {said.slot} is paused in {revision.key}")
    if held.model_version != said.model_version:
        return _Wrong(claim, "wrong-model", held.model_version)
    return None


def _judges(row: Expectation, slot: str) -> str:
    held = row.in_force.slots.get(slot)
    return f"revision {row.in_force.revision} ({held.model_version if held else 'which has no such slot'})"


def _counting(said: Said) -> Claim:
    return Claim.CHAMPION if said.slot == CHAMPION else Claim.SHADOWS


def _where(record: Record) -> str:
    return f"{record.topic}:{record.partition}:{record.offset}"
