"""What the running monitor looks like from outside its loop: to the watchdog, and as its lag."""

from collections import defaultdict
from collections.abc import Callable

from faust.types import TP

from services.monitor.metrics import Metrics
from services.monitor.settings import Settings
from services.monitor.sources import Sources, check_sources
from services.monitor.watchdog import Ends
from umbra.kafka.admin import Admin
from umbra.kafka.refusal import right_missing

Denied = Callable[[], bool]
"""Whether the brokers do not let the consumer into its group."""

Positions = Callable[[], dict[TP, tuple[int, int]]]
"""Next offset to read and end of what is committed, of each assigned partition."""


class View:
    """Implements `Watched`, and keeps the lag metric while it is asked."""

    def __init__(
        self,
        settings: Settings,
        sources: Sources,
        admin: Admin,
        metrics: Metrics,
        positions: Positions,
        denied: Denied,
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._admin = admin
        self._metrics = metrics
        self._positions = positions
        self._denied = denied

    def check_membership(self) -> None:
        if self._denied():
            raise right_missing(self._settings, f"Read on group {self._settings.topics.group('monitor')}")

    def waits_rightly(self) -> bool:
        return self._metrics.postgres_away is not None

    def progress(self) -> int:
        return self._metrics.progress

    def behind(self) -> bool:
        lag = {(tp.topic, tp.partition): end - place for tp, (place, end) in self._positions().items()}
        self._metrics.lags(lag)
        return self._metrics.in_hand > 0 or any(records > 0 for records in lag.values())

    def ends(self) -> Ends:
        partitions: defaultdict[str, list[int]] = defaultdict(list)
        for tp in self._positions():
            partitions[tp.topic].append(tp.partition)
        return {
            (topic, partition): found.end
            for topic, numbers in partitions.items()
            for partition, found in self._admin.log_ranges(topic, numbers).items()
        }

    def check_sources(self) -> None:
        check_sources(self._settings, self._admin, self._sources)
