"""Replays: a ModelVersion that judges images still in the log, beside what the champion said of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from umbra.core.control_view import ControlView
from umbra.core.names import replay_slot
from umbra.core.revision import Assignment, Revision

ReplayState = Literal["open", "done", "cancelled", "failed"]

KEY_PREFIX = "replay/"
"""Of keys on the control topic; no deployment's name has a `/`."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A ModelVersion over a stretch of the images topic.

    Attributes:
        since: images that landed before are not asked for.
        topic_id: the images topic that `starts` and `ends` belong to.
        starts: partition to the first offset.
        ends: partition to the offset behind the last one; the same partitions as `starts`.
        rate: most images a second; None: no bound.
        yields: whether it holds back so that the live workers have the machine.
        failure: why a failed replay failed.
    """

    id: str
    deployment: str
    model: Assignment
    state: ReplayState
    topic_id: str
    starts: Mapping[int, int]
    ends: Mapping[int, int]
    since: datetime
    requested_at: datetime
    requested_by: str = "anonymous"
    reason: str | None = None
    rate: float | None = None
    yields: bool = True
    failure: str | None = None

    @property
    def key(self) -> str:
        """On the control topic."""
        return f"{KEY_PREFIX}{self.id}"

    @property
    def slot(self) -> str:
        """Of its predictions."""
        return replay_slot(self.id)

    def covers(self, topic_id: str, partition: int, offset: int) -> bool:
        """Whether an image at this place is one of its own, if it is of the deployment."""
        start = self.starts.get(partition)
        return topic_id == self.topic_id and start is not None and start <= offset < self.ends[partition]

    def settle(self, state: ReplayState, failure: str | None = None) -> "Replay":
        """This replay at its end."""
        return replace(self, state=state, failure=failure)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a replay is.

    Attributes:
        positions: partition to the next offset, as its workers have committed it.
    """

    positions: Mapping[int, int] = field(default_factory=dict)

    def offsets_done(self, replay: Replay) -> int:
        """How many of its offsets are behind it."""
        return sum(
            min(max(self.positions.get(p, start), start), replay.ends[p]) - start
            for p, start in replay.starts.items()
        )

    def is_done(self, replay: Replay) -> bool:
        """Whether everything is behind it."""
        return self.offsets_done(replay) == offsets_in(replay)

    def further(self, reported: Iterable[Mapping[int, int]]) -> "Progress":
        """With what workers report: a position never goes back."""
        positions = dict(self.positions)
        for places in reported:
            for partition, offset in places.items():
                positions[partition] = max(offset, positions.get(partition, 0))
        return Progress(positions)


def offsets_in(replay: Replay) -> int:
    """How many offsets it covers: its images, those of other deployments, and markers."""
    return sum(end - replay.starts[partition] for partition, end in replay.ends.items())


class ReplayView(ControlView):
    """The control topic as a replay's worker sees it: its slot is in every revision that was in force there.

    Everything else a worker does with a view comes out as for any other slot.
    """

    def __init__(self, replay: Replay) -> None:
        super().__init__()
        self._replay = replay

    def in_force(self, deployment: str, topic_id: str, partition: int, offset: int) -> Revision | None:
        """As of any view, with the replay's slot where the replay covers the place."""
        found = super().in_force(deployment, topic_id, partition, offset)
        own = self._replay
        if found is None or deployment != own.deployment or not own.covers(topic_id, partition, offset):
            return found
        return replace(found, slots={**found.slots, own.slot: own.model})

    def first_offset(self, slot: str, topic_id: str, partition: int, log_start: int) -> int | None:
        """Where the replay begins, even if the log does not hold that any more; None: nowhere here."""
        return self._replay.starts.get(partition) if topic_id == self._replay.topic_id else None
