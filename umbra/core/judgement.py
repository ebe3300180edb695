"""What one slot said about one landing, and what two slots said about the same one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from umbra.core.agreement import Comparison, Shapes, compare
from umbra.core.names import CHAMPION, is_replay

Outcome = Literal["compared", "failed", "mixed"]


class LandingKey(NamedTuple):
    """What identifies a landing: when the broker appended it, and where."""

    landed_at: datetime
    partition: int
    offset: int


class Latencies(NamedTuple):
    """Microseconds: waited in the stream, decoding, inference, and from record to prediction."""

    queue_us: int
    decode_us: int
    inference_us: int
    total_us: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """As much of a prediction as counting and comparing need.

    Attributes:
        failed: there is no result; `shapes` is empty.
    """

    landing: LandingKey
    deployment: str
    image_id: str
    slot: str
    model_version: str
    revision: int
    failed: bool
    latencies: Latencies
    shapes: Shapes

    @property
    def is_champion(self) -> bool:
        return self.slot == CHAMPION

    @property
    def age_us(self) -> int:
        """From the landing to the judgement, in microseconds."""
        return self.latencies.queue_us + self.latencies.total_us


@dataclass(frozen=True, slots=True)
class Pair:
    """Champion and shadow judgement of one landing.

    Attributes:
        outcome: "mixed": of two revisions, as an immediate rollback leaves them; "failed": a side
            failed; both are counted and not compared. A replay's is never mixed: it judges what was there.
        comparison: None unless compared.
    """

    champion: Judgement
    shadow: Judgement
    outcome: Outcome
    comparison: Comparison | None

    @property
    def latency_delta_us(self) -> int:
        """Shadow - champion, of the total latency."""
        return self.shadow.latencies.total_us - self.champion.latencies.total_us

    @property
    def age_us(self) -> int:
        """From the landing to the later of the two judgements, however long the monitor lagged behind it."""
        return max(self.champion.age_us, self.shadow.age_us)


def pair(champion: Judgement, shadow: Judgement) -> Pair:
    """Put two judgements of one landing side by side."""
    if champion.revision != shadow.revision and not is_replay(shadow.slot):
        return Pair(champion, shadow, "mixed", None)
    if champion.failed or shadow.failed:
        return Pair(champion, shadow, "failed", None)
    return Pair(champion, shadow, "compared", compare(champion.shapes, shadow.shapes))


def pairs(new: Iterable[Judgement], known: Iterable[Judgement]) -> list[Pair]:
    """Every champion and shadow of one landing that meet by the arrival of `new`.

    Args:
        new: no two of one landing and slot.
        known: judgements that were there before; those of other landings are ignored.
    """
    arrived, before = list(new), list(known)
    champions = {_image(j): j for j in (*before, *arrived) if j.is_champion}
    meetings = [(champions.get(_image(j)), j) for j in arrived if not j.is_champion]
    newly_crowned = {_image(j): j for j in arrived if j.is_champion}
    meetings += [(newly_crowned.get(_image(j)), j) for j in before if not j.is_champion]
    return [pair(champion, shadow) for champion, shadow in meetings if champion is not None]


def _image(judgement: Judgement) -> tuple[LandingKey, str, str]:
    return judgement.landing, judgement.deployment, judgement.image_id
