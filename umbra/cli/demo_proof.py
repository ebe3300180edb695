"""What the topics alone say about a promotion: who judged which image, on both sides of the switch."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from umbra.contracts.prediction import Prediction, prediction_decoder
from umbra.kafka.read import read_topic
from umbra.settings import KafkaSettings


@dataclass(frozen=True)
class Expected:
    """Who must judge the images of a slot before and from the switch on."""

    before: str
    after: str


@dataclass
class Proof:
    """One slot's images around the switch.

    Attributes:
        starts: partition to the first offset of the new revision.
        sent: images that landed.
        wrong: predictions by the wrong ModelVersion.
        doubled: images with more than one prediction.
    """

    slot: str
    starts: Mapping[int, int]
    sent: int
    before: Counter[int] = field(default_factory=Counter)
    after: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    doubled: int = 0

    @property
    def images(self) -> int:
        return self.before.total() + self.after.total()

    @property
    def holds(self) -> bool:
        return self.wrong == 0 and self.doubled == 0 and self.images == self.sent

    def as_json(self) -> dict[str, Any]:
        """Every figure; `before` and `after` are images by partition."""
        return {
            "slot": self.slot,
            "starts": dict(self.starts),
            "sent": self.sent,
            "before": dict(self.before),
            "after": dict(self.after),
            "wrong": self.wrong,
            "doubled": self.doubled,
            "holds": self.holds,
        }


def predictions(settings: KafkaSettings, deployment: str, slot: str) -> Iterable[Prediction]:
    """Every committed prediction of a deployment's slot."""
    for record in read_topic(settings, settings.topics.predictions(slot)):
        prediction = prediction_decoder.decode(record.value)
        if (prediction.deployment, prediction.slot) == (deployment, slot):
            yield prediction


def prove(
    found: Iterable[Prediction], slot: str, starts: Mapping[int, int], expected: Expected, sent: int
) -> Proof:
    """Hold every prediction against the place its image has."""
    proof = Proof(slot, starts, sent)
    seen: set[tuple[int, int]] = set()
    for prediction in found:
        place = prediction.image.partition, prediction.image.offset
        is_after = place[1] >= starts[place[0]]
        side = proof.after if is_after else proof.before
        side[place[0]] += 1
        proof.wrong += prediction.model_version != (expected.after if is_after else expected.before)
        proof.doubled += place in seen
        seen.add(place)
    return proof
