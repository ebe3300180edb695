"""How this worker is: its status, and whether it is ready."""

import time
from dataclasses import dataclass, field

from umbra.contracts.worker_status import WorkerStatus
from umbra.control.view import ControlTopic
from umbra.worker.machine import machine_id
from umbra.worker.membership import Membership
from umbra.worker.metrics import Metrics
from umbra.worker.models import Models
from umbra.worker.neighbours import Neighbours
from umbra.worker.poll import Poll
from umbra.worker.readiness import readiness, wanted
from umbra.worker.status import Rate, boot_id, installed_version, memory_bytes

STALE_S = 10.0
"""The poll thread comes round at least once a second, unless Kafka is away."""


@dataclass(eq=False)
class Condition:
    """Gathers what the parts know; `status` is used by one thread, `unready` by any."""

    name: str
    slot: str
    device: str | None
    neighbours: Neighbours | None
    control: ControlTopic
    membership: Membership
    poll: Poll
    models: Models
    metrics: Metrics
    boot: str = field(default_factory=boot_id)
    version: str = field(default_factory=installed_version)
    machine: str = field(default_factory=machine_id)
    _rate: Rate = field(default_factory=Rate)

    def status(self) -> WorkerStatus:
        """What is published; also has the models loaded that revisions ask for."""
        self._want_models()
        models = self.models.statuses()
        return WorkerStatus(
            worker=self.name,
            boot=self.boot,
            slot=self.slot,
            version=self.version,
            providers=self.models.providers(),
            device=self.device,
            machine=self.machine,
            shares_device_with=self.neighbours.names if self.neighbours else [],
            partitions=sorted(self.membership.epoch.next),
            lag=dict(self.metrics.lag),
            positions=dict(self.metrics.committed_offsets),
            images_per_s=self._rate.of(self.metrics.images),
            memory_bytes=memory_bytes(),
            models=models,
            revisions=readiness(self.control.view, self.slot, models),
            blocked=self.membership.waiting.reasons(),
            expired=self.metrics.expired,
        )

    def unready(self) -> str | None:
        """Why this worker is not ready to judge images, None when it is."""
        if self.poll.rules is None:
            return "It is not a member of its group yet."
        if time.monotonic() - self.poll.beat_at > STALE_S:
            return f"It has not polled for {STALE_S:.0f} s."
        loading = [version for version, model in self.models.statuses().items() if model.state != "ready"]
        return f"Not loaded: {', '.join(loading)}." if loading else None

    def _want_models(self) -> None:
        rules = self.poll.rules
        topic_id = rules.topic_id if rules else ""
        places = self.metrics.committed_offsets
        self.models.want(wanted(self.control.view, self.slot, topic_id, dict(places)))
