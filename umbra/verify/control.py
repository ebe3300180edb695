"""The control topic as the proof reads it: revisions, and no more of them than it needs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from umbra.contracts.wire import VERSION, Decoder
from umbra.core.errors import InvalidMessage
from umbra.kafka.record import Record


class Held(msgspec.Struct, frozen=True):
    """A ModelVersion in a slot."""

    model_version: str
    paused: bool = False


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a control record as says who judges which image.

    Attributes:
        starts: partition to the first offset, of the images topic with the id `topic_id`.
    """

    deployment: str
    revision: int
    state: Literal["staged", "active", "failed"]
    slots: dict[str, Held]
    immediate: bool = False
    topic_id: str | None = None
    starts: dict[int, int] = {}
    v: int = VERSION

    @property
    def key(self) -> str:
        return f"{self.deployment}@{self.revision}"

    def judging(self) -> frozenset[str]:
        """The slots that judge images under it."""
        return frozenset(slot for slot, held in self.slots.items() if not held.paused)


@dataclass(slots=True)
class Control:
    """What the control topic holds.

    Attributes:
        unreadable: records that are no revision under its own key; nobody heeds them.
    """

    revisions: dict[tuple[str, int], Revision] = field(default_factory=dict)
    unreadable: int = 0

    def active(self) -> list[Revision]:
        """Every revision that came into force, in any incarnation of the images topic."""
        return [revision for revision in self.revisions.values() if revision.state == "active"]

    def newest(self) -> list[Revision]:
        """The greatest active revision of each deployment."""
        found: dict[str, Revision] = {}
        for revision in sorted(self.active(), key=lambda r: r.revision):
            found[revision.deployment] = revision
        return list(found.values())

    def slots(self) -> list[str]:
        """Every slot that has ever been in force."""
        return sorted({slot for revision in self.active() for slot in revision.slots})


_decoder = Decoder(Revision, "revision")

_REPLAY = b"replay/"
"""Keys of replays begin with it: they judge again what was judged, and put nothing in force."""


def read_control(records: Iterable[Record]) -> Control:
    """The last word of each key."""
    control = Control()
    for record in records:
        if (record.key or b"").startswith(_REPLAY):
            continue
        try:
            revision: Revision = _decoder.decode(record.value)
        except InvalidMessage:
            control.unreadable += 1
            continue
        if record.key == revision.key.encode():
            control.revisions[revision.deployment, revision.revision] = revision
        else:
            control.unreadable += 1
    return control
