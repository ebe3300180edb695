"""What is to be done with a record of the images topic: a pure function of it and the control view."""

from dataclasses import dataclass
from enum import Enum, auto

from umbra.contracts.headers import first_values
from umbra.contracts.landing import Landing
from umbra.contracts.marker import marked_revision
from umbra.core.control_view import ControlView
from umbra.core.revision import Revision
from umbra.kafka.record import Record, landing_of


class Action(Enum):
    """JUDGE it; PASS it (a marker, or of no concern to this slot); SKIP it, a marker that marks nothing;
    it is UNKNOWN whose it is; WAIT until the control topic says from where it counts."""

    JUDGE = auto()
    PASS = auto()
    SKIP = auto()
    UNKNOWN = auto()
    WAIT = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Attributes:
    sure: False: read the control topic to its end and ask again, also for all records behind this one.
    """

    action: Action
    sure: bool = True
    landing: Landing | None = None
    revision: Revision | None = None


_PASS = Verdict(Action.PASS)


@dataclass(frozen=True, slots=True)
class Rules:
    """For one slot and one incarnation of the images topic."""

    view: ControlView
    slot: str
    topic_id: str
    default_deployment: str | None = None

    def verdict(self, record: Record) -> Verdict:
        """What is to be done with `record`, as far as the view knows."""
        key = marked_revision(first_values(record.headers))
        return self._image(record) if key is None else self._marker(record, key)

    def _marker(self, record: Record, key: str) -> Verdict:
        if self.view.marks(key, self.topic_id, record.partition, record.offset):
            return _PASS
        revision = self.view.get(key)
        return Verdict(Action.SKIP, sure=revision is not None and revision.state != "staged")

    def _image(self, record: Record) -> Verdict:
        landing = landing_of(record, self.default_deployment)
        deployment = landing.deployment
        if deployment is None:
            return Verdict(Action.UNKNOWN, landing=landing)
        if self._unplaced(deployment, record.partition):
            return Verdict(Action.WAIT, sure=False)

        revision = self.view.in_force(deployment, self.topic_id, record.partition, record.offset)
        if revision is None:
            return Verdict(Action.UNKNOWN, sure=False, landing=landing)
        assignment = revision.slots.get(self.slot)
        if assignment is None or assignment.paused:
            return _PASS
        return Verdict(Action.JUDGE, landing=landing, revision=revision)

    def _unplaced(self, deployment: str, partition: int) -> bool:
        """Whether the newest revision in force has not said yet where it starts in this partition."""
        newest = next(iter(self.view.active(deployment)), None)
        if newest is None or not newest.slots:
            return False
        return newest.topic_id != self.topic_id or partition not in newest.starts
