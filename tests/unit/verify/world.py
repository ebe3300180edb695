"""One partition of a stream in memory: what landed, what was said of it, what is kept of that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from umbra.contracts.control import encode_revision
from umbra.contracts.headers import DEPLOYMENT, MARKER
from umbra.contracts.prediction import Image, Prediction
from umbra.contracts.wire import encode, from_epoch_ms
from umbra.core.revision import Assignment, Revision
from umbra.kafka.admin import LogRange
from umbra.kafka.record import Headers, Record
from umbra.postgres.comparisons import KeptPair
from umbra.verify.control import read_control
from umbra.verify.pairing import Applied, Pairing
from umbra.verify.partition import Examined, Law, Partition, Reading, examine
from umbra.verify.violation import Findings

TOPIC_ID = "images-one"
PARTITION = 0
FIRST_MS = 1_700_000_000_000
SMALL, LARGE, TINY = (Assignment(name, {}) for name in ("small@1", "large@1", "tiny@1"))
EVERYTHING = 1_000_000


def make_revision(number: int, start: int | None, slots: Mapping[str, Assignment], **given: Any) -> Revision:
    """A revision of `digits`, active from `start` of partition 0; staged when that is None."""
    fields: dict[str, Any] = {
        "deployment": "digits",
        "kind": "shadow",
        "state": "staged" if start is None else "active",
        "slots": slots,
        "requested_at": datetime(2026, 11, 22, tzinfo=UTC),
        "topic_id": TOPIC_ID,
        "starts": {} if start is None else {PARTITION: start},
    }
    return Revision(revision=number, **(fields | given))


def control_record(revision: Revision, offset: int = 0) -> Record:
    """The revision as the relay writes it."""
    key, value = revision.key.encode(), encode_revision(revision)
    return Record("control", 0, offset, FIRST_MS, key, value, [])


def landed_ms(offset: int) -> int:
    """Images land a second apart."""
    return FIRST_MS + 1000 * offset


@dataclass
class World:
    """
    Attributes:
        images: offset to record; offsets that are not there hold a transaction's end.
        predictions: topic to records, in the order they were written.
        log_start: of the images; what lies below has left the log.
        prediction_starts: by topic, what retention took of it.
    """

    revisions: list[Revision]
    images: dict[int, Record] = field(default_factory=dict)
    predictions: dict[str, list[Record]] = field(default_factory=lambda: {"champion": [], "shadow": []})
    pairs: list[KeptPair] = field(default_factory=list)
    log_start: int = 0
    prediction_starts: dict[str, int] = field(default_factory=dict)
    default_deployment: str | None = None

    def put(self, offset: int, headers: Headers, value: bytes = b"image") -> None:
        """A record of the images topic."""
        at = landed_ms(offset)
        self.images[offset] = Record("images", PARTITION, offset, at, b"key", value, list(headers))

    def land(self, *offsets: int, deployment: str | None = "digits") -> None:
        """Images."""
        for offset in offsets:
            self.put(offset, [] if deployment is None else [(DEPLOYMENT, deployment.encode())])

    def mark(self, offset: int, key: str) -> None:
        """A marker."""
        self.put(offset, [(MARKER, key.encode())], b"")

    def say(self, offset: int, slot: str, revision: int, model: str, **given: Any) -> None:
        """A prediction; see `prediction`."""
        self.write(prediction(offset, slot, revision, model, **given))

    def write(self, said: Prediction | bytes, topic: str | None = None, partition: int = PARTITION) -> None:
        """A record on the topic of its slot, or on `topic`."""
        slot = said.slot if isinstance(said, Prediction) else "champion"
        topic = topic or ("champion" if slot == "champion" else "shadow")
        there, value = self.predictions[topic], said if isinstance(said, bytes) else encode(said)
        there.append(Record(topic, partition, 2 * len(there), FIRST_MS, b"key", value, []))

    def unsay(self, offset: int, slot: str) -> None:
        """Lose what a slot said of an image."""
        self.predictions = {
            topic: [record for record in records if not _is_of(record, offset, slot)]
            for topic, records in self.predictions.items()
        }

    def pair(self, offset: int, revision: int, champion: str, shadow: str, **given: Any) -> None:
        """A pair as the monitor keeps it."""
        kept = KeptPair(landed_ms(offset), offset, "shadow", "digits", revision, champion, shadow, "compared")
        self.pairs.append(kept._replace(**given))

    def examine(self, committed: Mapping[str, int] | None = None) -> tuple[Examined, Findings]:
        """Hold it all against each other.

        Args:
            committed: by slot; all slots are at the end when it is not given.
        """
        findings = Findings()
        return examine(self._partition(committed), self._law(), findings), findings

    def check_pairs(
        self, applied: Applied | None = None, committed: Mapping[str, int] | None = None
    ) -> tuple[int, Findings]:
        """The pairs alone: how many are pending, and what was found."""
        law, findings = self._law(), Findings()
        partition = self._partition(committed)
        ledger = examine(partition, law, Findings()).ledger
        pairing = Pairing(ledger, law.control, law.topic_id, partition.committed, findings)
        return pairing.check(self.pairs, applied or Applied(EVERYTHING, EVERYTHING)), findings

    def _law(self) -> Law:
        return Law(read_control(map(control_record, self.revisions)), TOPIC_ID, self.default_deployment)

    def _partition(self, committed: Mapping[str, int] | None) -> Partition:
        end = max(self.images, default=-1) + 1
        kept = [record for offset, record in sorted(self.images.items()) if offset >= self.log_start]
        slots = {slot for revision in self.revisions for slot in revision.slots}
        return Partition(
            PARTITION,
            Reading(LogRange(self.log_start, max(end, self.log_start)), iter(kept)),
            self._said("champion"),
            self._said("shadow"),
            dict.fromkeys(slots, end) if committed is None else committed,
        )

    def _said(self, topic: str) -> Reading:
        start = self.prediction_starts.get(topic, 0)
        kept = [record for record in self.predictions[topic] if record.offset >= start]
        return Reading(LogRange(start, EVERYTHING), iter(kept))


def prediction(offset: int, slot: str, revision: int, model: str, **given: Any) -> Prediction:
    """What a slot says of the image at `offset`."""
    fields: dict[str, Any] = {
        "image_id": f"img{offset}",
        "deployment": "digits",
        "slot": slot,
        "model_version": model,
        "revision": revision,
        "status": "ok",
        "landed_at": from_epoch_ms(landed_ms(offset)),
        "predicted_at": from_epoch_ms(landed_ms(offset) + 5),
        "image": Image(PARTITION, offset),
    }
    return Prediction(**(fields | given))


def sound() -> World:
    """A stream with nothing wrong.

    offset 0 marker of 1 · 1 to 4 images · 5 a transaction's end · 6 marker of 2 · 7 to 9 images ·
    10 marker of 3 · 11 to 13 images. Revision 2 adds a shadow, 3 promotes it; 4 failed, 5 is staged.
    """
    world = World(
        [
            make_revision(1, 0, {"champion": SMALL}),
            make_revision(2, 6, {"champion": SMALL, "shadow": LARGE}),
            make_revision(3, 10, {"champion": LARGE, "shadow": SMALL}),
            make_revision(4, None, {"champion": TINY}, state="failed"),
            make_revision(5, None, {"champion": TINY}),
        ]
    )
    for offset, key in ((0, "digits@1"), (6, "digits@2"), (10, "digits@3")):
        world.mark(offset, key)
    for offsets, revision, champion, shadow in (
        ((1, 2, 3, 4), 1, "small@1", None),
        ((7, 8, 9), 2, "small@1", "large@1"),
        ((11, 12, 13), 3, "large@1", "small@1"),
    ):
        world.land(*offsets)
        for offset in offsets:
            world.say(offset, "champion", revision, champion)
            if shadow is not None:
                world.say(offset, "shadow", revision, shadow)
                world.pair(offset, revision, champion, shadow)
    return world


def _is_of(record: Record, offset: int, slot: str) -> bool:
    value = record.value or b""
    return b'"offset":%d,' % offset in value and b'"slot":"%s"' % slot.encode() in value
