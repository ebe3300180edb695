"""What the proof comes to: figures by partition and claim, and the verdict."""

from dataclasses import asdict, dataclass, field
from typing import Any

from umbra.kafka.admin import LogRange
from umbra.verify.coverage import SlotCoverage
from umbra.verify.ledger import Tally
from umbra.verify.violation import Claim, Findings


@dataclass(frozen=True)
class PartitionProof:
    """One partition.

    Attributes:
        images: the offsets of the images topic that were read.
    """

    partition: int
    images: LogRange
    tally: Tally
    slots: dict[str, SlotCoverage]
    pairs_pending: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "partition": self.partition,
            "offsets": self.images._asdict(),
            **self.tally._asdict(),
            "slots": {slot: asdict(coverage) for slot, coverage in self.slots.items()},
            "pairs_pending": self.pairs_pending,
        }


@dataclass
class Proof:
    """All of it.

    Attributes:
        with_postgres: whether the pairs were looked at.
        timed_out: whether what had landed at the start was waited for in vain.
    """

    topic_id: str
    with_postgres: bool
    findings: Findings = field(default_factory=Findings)
    partitions: list[PartitionProof] = field(default_factory=list)
    timed_out: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it; what is pending does not."""
        return not self.findings.kinds

    @property
    def claims(self) -> list[Claim]:
        """Those that were looked at."""
        return [claim for claim in Claim if self.with_postgres or claim is not Claim.PAIRS]

    @property
    def images(self) -> int:
        return sum(part.tally.images for part in self.partitions)

    @property
    def pending(self) -> int:
        """Predictions and pairs that nobody can have made yet."""
        return self.findings.pending.total()

    @property
    def beside(self) -> dict[str, int]:
        """What was met that is no part of the proof, by name."""
        tallies = [part.tally for part in self.partitions]
        unknown = {name: sum(getattr(tally, name) for tally in tallies) for name in ("unknown", "waited_for")}
        return unknown | dict(self.findings.counts)

    def as_json(self) -> dict[str, Any]:
        """Every figure, for scripts."""
        findings = self.findings
        return {
            "holds": self.holds,
            "timed_out": self.timed_out,
            "topic_id": self.topic_id,
            "images": self.images,
            "pending": self.pending,
            "claims": [
                {
                    "claim": claim.value,
                    "text": claim.text,
                    "checked": findings.checked[claim],
                    "violated": findings.violated[claim],
                    "pending": findings.pending[claim],
                }
                for claim in self.claims
            ],
            "violations": {
                "count": findings.kinds.total(),
                "kinds": dict(findings.kinds),
                "first": [asdict(told) | {"claim": told.claim.value} for told in findings.first],
            },
            "beside": self.beside,
            "partitions": [part.as_json() for part in self.partitions],
        }
