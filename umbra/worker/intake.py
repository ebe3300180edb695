"""The poll thread's work on the records it took."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from umbra.contracts.headers import first_values
from umbra.contracts.marker import marked_revision
from umbra.control.view import ControlTopic
from umbra.core.errors import Retryable
from umbra.kafka.record import Record
from umbra.onnx.session import Model
from umbra.worker.membership import Membership
from umbra.worker.rules import Action, Rules, Verdict
from umbra.worker.runway import Runway
from umbra.worker.sorting import Bounds, Sorter

log = logging.getLogger(__name__)

Judged = list[tuple[Record, Verdict]]

_SOON_S = 0.1
"""After a transaction its records are there within 20 ms; a forged marker costs so much."""

_WAITS = "The deployment's newest revision does not say yet where it starts in this partition."


class Intake:
    """Judges what is to be done with records and sends them off in batches; used by the poll thread alone."""

    def __init__(self, membership: Membership, control: ControlTopic, runway: Runway, sorter: Sorter) -> None:
        self._membership = membership
        self._control = control
        self._runway = runway
        self._sorter = sorter

    def accept(self, records: list[Record], rules: Rules, bounds: Callable[[], Bounds]) -> int:
        """Send records on their way; returns early when the epoch dies.

        Args:
            bounds: of a batch, asked when the models are there: they tell how long an image takes.

        Returns:
            How many of them were markers that mark nothing.
        """
        polled_at = time.time()
        judged = self._judged(records, rules)
        if judged is None:
            return 0
        free = self._without_waiting(judged)
        models = self._models(free)
        if models is None:
            return 0
        fitting = _fitting(bounds(), models)
        for batch in self._sorter.batches(free, self._membership.epoch, fitting, polled_at):
            if not self._runway.send(batch):
                return 0
        return sum(verdict.action is Action.SKIP for _, verdict in free)

    def _judged(self, records: list[Record], rules: Rules) -> Judged | None:
        """Every record with its verdict; None when the epoch died before the control topic could be read."""
        verdicts = [rules.verdict(record) for record in records]
        unsure = [record for record, verdict in zip(records, verdicts, strict=True) if not verdict.sure]
        if unsure:
            if not self._hears_of(unsure, rules) and self._membership.hold(self._read_control) is None:
                return None
            # All of them: what stands behind a marker was judged without its revision.
            verdicts = [rules.verdict(record) for record in records]
        return list(zip(records, verdicts, strict=True))

    def _hears_of(self, markers: list[Record], rules: Rules) -> bool:
        """Whether the revisions of these come into view, which is sooner than the end of the topic is known.

        A marker and its revision are of one transaction. Of anything but a marker, only the end tells.
        """
        keys = [marked_revision(first_values(record.headers)) for record in markers]
        return None not in keys and self._control.wait_until(
            lambda: all(rules.verdict(record).sure for record in markers), _SOON_S
        )

    def _read_control(self, timeout_s: float) -> bool | None:
        try:
            self._control.read_to_end(timeout_s)
        except Retryable as err:
            log.warning("The control topic is not read to its end yet.", extra={"reason": str(err)})
            return None
        return True

    def _models(self, judged: Judged) -> list[Model] | None:
        """Those that are needed, once all are loaded; None when the epoch died before."""
        needed = {
            verdict.revision.key: (verdict.revision, record.partition)
            for record, verdict in judged
            if verdict.revision is not None
        }
        models = list[Model]()
        for revision, partition in needed.values():
            model = self._runway.model(revision, partition)
            if model is None:
                return None
            models.append(model)
        return models

    def _without_waiting(self, judged: Judged) -> Judged:
        """Block the partitions that have to wait; what the others brought."""
        free: Judged = []
        for record, verdict in judged:
            if record.partition in self._membership.blocked:
                continue
            if verdict.action is Action.WAIT:
                self._membership.block(record.partition, record.offset, _WAITS)
            else:
                free.append((record, verdict))
        return free


def _fitting(bounds: Bounds, models: list[Model]) -> Bounds:
    """Of a batch that fits each of the models."""
    return replace(bounds, images=min([bounds.images, *(model.rows for model in models)]))
