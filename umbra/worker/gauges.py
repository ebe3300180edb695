"""What Prometheus is told that is true of one moment only: gathered when it asks."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from umbra.core.control_view import ControlView
from umbra.worker.membership import Membership
from umbra.worker.poll import Poll


class Gauges(Collector):
    """Revisions in force, and partitions that wait; asked by a thread of its own."""

    def __init__(self, view: ControlView, membership: Membership, poll: Poll) -> None:
        self._view = view
        self._membership = membership
        self._poll = poll

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Both gauges, as of now."""
        yield self._revisions()
        yield self._blocked()

    def _revisions(self) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily("umbra_worker_revision", "Newest in force.", labels=["deployment"])
        rules = self._poll.rules
        if rules is not None:
            for revision in self._view.newest(rules.topic_id):
                gauge.add_metric([revision.deployment], revision.revision)
        return gauge

    def _blocked(self) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "umbra_worker_blocked", "1: it waits for something; see the status.", labels=["partition"]
        )
        reasons = self._membership.waiting.reasons()
        for partition in sorted({*self._membership.epoch.next, *reasons}):
            gauge.add_metric([str(partition)], partition in reasons)
        return gauge
