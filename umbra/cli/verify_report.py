"""The proof in words: what was read, what was checked, and what speaks against it."""

from collections.abc import Iterator

from rich.text import Text

from umbra.cli.output import console, print_table
from umbra.core.names import slot_order
from umbra.verify.proof import PartitionProof, Proof
from umbra.verify.violation import Claim, Violation

_COLUMNS = ("partition", "offsets", "images", "markers", "predicted, by slot")

_BESIDE = {
    "unknown": "images of no deployment in force where they landed: dead letters, nobody judges them",
    "waited_for": "images of a deployment that has not said yet from where this partition counts: they wait",
    "mixed": "pairs under different revisions, as an immediate change leaves them: paired, not compared",
    "predictions_left_the_log": "images whose prediction may have left its topic: no longer provable",
    "of_expired_images": "predictions of images that have left the log: only held against `starts`",
    "of_former_topic": "predictions of images of a former images topic: not looked at",
    "pairs_of_expired_images": "pairs of images that have left the log: not looked at",
    "pairs_of_former_topic": "pairs of images of a former images topic: not looked at",
    "replayed": "predictions of replays: no part of the stream",
    "idle_markers": "markers where no revision starts (forged, copied or doubled): passed over",
    "control_unreadable": "records of the control topic that are no revision: passed over",
}
"""What lies beside the proof, by its name in `Proof.beside`."""


def print_proof(proof: Proof, seconds: float) -> None:
    """Everything, for people."""
    screen = console()
    print_table(_COLUMNS, map(_row, proof.partitions), "There are no partitions.")
    for line in ("", *_claims(proof), *_asides(proof), *_violations(proof), "", _verdict(proof, seconds)):
        screen.print(Text(line))


def _row(part: PartitionProof) -> list[str]:
    said = [
        f"{slot} {coverage.due - coverage.missing:,}{_more(coverage.pending, 'pending')}"
        f"{_more(coverage.missing, 'MISSING')}"
        for slot, coverage in sorted(part.slots.items(), key=lambda item: slot_order(item[0]))
    ]
    offsets = f"{part.images.start} to {part.images.end}"
    return [
        str(part.partition),
        offsets,
        f"{part.tally.images:,}",
        f"{part.tally.markers:,}",
        ", ".join(said),
    ]


def _more(number: int, what: str) -> str:
    return f" (+{number:,} {what})" if number else ""


def _claims(proof: Proof) -> Iterator[str]:
    findings = proof.findings
    for claim in proof.claims:
        violated, pending = findings.violated[claim], findings.pending[claim]
        mark = f"VIOLATED {violated:,}x" if violated else "ok"
        yield f"{mark:>14}  {claim.text} {findings.checked[claim]:,} checked{_more(pending, 'pending')}."
    if not proof.with_postgres:
        yield f"{'not asked':>14}  {Claim.PAIRS.text} Set UMBRA_POSTGRES_DSN to have that checked too."


def _asides(proof: Proof) -> Iterator[str]:
    found = {name: number for name, number in proof.beside.items() if number}
    if found:
        yield ""
        yield "Beside the proof:"
    for name, number in found.items():
        yield f"{number:>14,}  {_BESIDE[name]}"


def _violations(proof: Proof) -> Iterator[str]:
    kinds, first = proof.findings.kinds, proof.findings.first
    if not kinds:
        return
    yield ""
    yield f"Violations: {', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common())}."
    for number, violation in enumerate(first, 1):
        yield from _told(number, violation)
    if kinds.total() > len(first):
        yield f"    … and {kinds.total() - len(first):,} more."


def _told(number: int, violation: Violation) -> Iterator[str]:
    slot = f", slot {violation.slot}" if violation.slot else ""
    record = f" ({violation.record})" if violation.record else ""
    yield f"{number:>4}. {violation.kind}: {_image(violation)}{slot}{record}"
    yield f"      found     {violation.found}"
    yield f"      expected  {violation.expected}"


def _image(violation: Violation) -> str:
    if violation.offset is None:
        return f"partition {violation.partition}"
    return f"image {violation.partition}:{violation.offset}"


def _verdict(proof: Proof, seconds: float) -> str:
    where = f"{proof.images:,} images on {len(proof.partitions)} partitions, read in {seconds:.1f} s"
    if not proof.holds:
        return f"Not proven: {proof.findings.kinds.total():,} violations in {where}."
    if proof.timed_out:
        return f"Not proven in time: {proof.pending:,} predictions and pairs are still pending; {where}."
    if proof.images == 0:
        return "Nothing to prove: the images topic holds no image."
    pending = f" {proof.pending:,} are pending: nobody has come so far yet." if proof.pending else ""
    return f"Proven: nothing speaks against it in {where}.{pending}"
