"""The way of a batch from the poll thread into the stages."""

from collections import defaultdict
from dataclasses import dataclass
from queue import SimpleQueue

from umbra.contracts.dead_letter import CRASHED
from umbra.core.errors import ImageError
from umbra.core.revision import Revision
from umbra.onnx.session import Model
from umbra.worker.crash_loop import GIVE_UP_AT, CrashLoop, metadata_of
from umbra.worker.decode import DecodePool
from umbra.worker.membership import Membership
from umbra.worker.models import Models
from umbra.worker.pace import Pace
from umbra.worker.turn import Turn
from umbra.worker.work import Batch, Group, Position, Task


@dataclass(frozen=True, slots=True)
class Stages:
    """What a batch is given to.

    Attributes:
        inbox: of the inference stage.
        pace: of inference.
        turn: waited for before images are judged; None: there is no need to.
    """

    models: Models
    decoders: DecodePool
    inbox: "SimpleQueue[Batch | None]"
    pace: Pace
    turn: Turn | None = None


class Runway:
    """Gives batches what they need, and sends them off; used by the poll thread alone.

    Every method returns False when the epoch died (or the worker stops) meanwhile: drop what is in hand.

    Attributes:
        crash_loop: what the predecessors of this process died of.
    """

    def __init__(self, membership: Membership, stages: Stages, slot: str) -> None:
        self.crash_loop = CrashLoop()
        self._membership = membership
        self._stages = stages
        self._slot = slot
        self._passed: dict[int, Position] = {}

    def opened(self, metadata: dict[int, str]) -> None:
        """Another epoch begins; these texts are committed by partition."""
        self._passed.clear()
        self.crash_loop.opened(metadata)

    def send(self, batch: Batch) -> bool:
        """Send a batch off; one of offsets only waits for the next, or for `flush`."""
        if not batch.tasks and not batch.dead_letters:
            self._note(batch.offsets)
            return True
        if not (self._has_its_turn(batch) and self._equip(batch) and self._arm(batch.tasks)):
            return False
        return self._send_off(batch)

    def passed(self, partition: int, offset: int) -> None:
        """There is nothing to judge below `offset`."""
        self._note({partition: Position(offset)})

    def flush(self) -> bool:
        """Have the offsets of passed records committed by themselves."""
        return not self._passed or self._send_off(Batch(self._membership.epoch))

    def leave(self) -> bool:
        """Have everything committed, and no attempt counted: this process does not crash."""
        self.crash_loop.survived()
        epoch = self._membership.epoch
        self._passed = {partition: Position(offset) for partition, offset in epoch.next.items()}
        return self.flush()

    def _note(self, offsets: dict[int, Position]) -> None:
        """The next transaction commits these. Only now: what is dropped on a stop must be read again."""
        self._passed |= offsets
        self._membership.epoch.next |= {partition: at.offset for partition, at in offsets.items()}

    def _send_off(self, batch: Batch) -> bool:
        if not self._cleared():
            return False
        self._note(batch.offsets)
        text = self.crash_loop.judged(len(batch.tasks))
        batch.offsets = {partition: Position(at.offset, text) for partition, at in self._passed.items()}
        self._passed = {}
        self._launch(batch)
        return True

    def _cleared(self) -> bool:
        """Wait for room; while images are judged one by one, until nothing else is in flight."""
        flights = self._membership.flights
        if self.crash_loop.careful and self._membership.hold(lambda s: flights.drained(s) or None) is None:
            return False
        return self._membership.hold(lambda s: flights.take_off(s) or None) is not None

    def _launch(self, batch: Batch) -> None:
        self._stages.decoders.start(batch)
        self._stages.inbox.put(batch)

    def _has_its_turn(self, batch: Batch) -> bool:
        turn, images = self._stages.turn, len(batch.tasks)
        return turn is None or self._membership.hold(lambda s: turn.come(images, s) or None) is not None

    def _equip(self, batch: Batch) -> bool:
        """Find the model of every task, and the tensor its image goes into."""
        by_version: defaultdict[str, list[Task]] = defaultdict(list)
        for task in batch.tasks:
            by_version[task.revision.slots[self._slot].model_version].append(task)
        for version, tasks in by_version.items():
            model = self.model(tasks[0].revision, tasks[0].record.partition)
            if model is None:
                return False
            for task in tasks:
                task.manifest = model.manifest
            batch.groups.append(Group(version, model, tasks, model.batch(len(tasks))))
        return True

    def model(self, revision: Revision, partition: int) -> Model | None:
        """The model of a revision, waited for in the name of a partition; None: as False elsewhere."""
        held = revision.slots[self._slot]
        with self._membership.waiting.on(partition) as wait:

            def loaded(seconds: float) -> Model | None:
                model = self._stages.models.get(held.model_version, held.spec, seconds)
                if model is None:
                    wait.because(f"Model {held.model_version} is not loaded yet.")
                return model

            model = self._membership.hold(loaded)
        if model is not None:
            self._stages.pace.expect(held.model_version, model.inference_ms / 1000)
        return model

    def _arm(self, tasks: list[Task]) -> bool:
        """Before this process' first image of a partition: commit that one more tries (see `crash_loop`)."""
        first = {task.record.partition: task for task in reversed(tasks)}
        unarmed = self.crash_loop.unarmed(first)
        if not unarmed:
            return True
        attempts = {partition: self.crash_loop.attempts(partition) for partition in unarmed}
        if not self._commit_attempts(
            {p: Position(first[p].record.offset, metadata_of(n)) for p, n in attempts.items()}
        ):
            return False
        self.crash_loop.armed(attempts)
        for partition, number in attempts.items():
            if number >= GIVE_UP_AT:
                first[partition].outcome = _crashed(number)
        return True

    def _commit_attempts(self, offsets: dict[int, Position]) -> bool:
        flights, epoch = self._membership.flights, self._membership.epoch
        if not self._cleared():
            return False
        self._launch(Batch(epoch, offsets))
        drained = self._membership.hold(lambda s: flights.drained(s) or None)
        return drained is not None and epoch.dead is None


def _crashed(attempts: int) -> ImageError:
    return ImageError(CRASHED, f"{attempts - 1} worker processes died while they judged this image.")
