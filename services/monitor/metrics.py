"""What the monitor counts for Prometheus, and its progress for readiness and the watchdog."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.monitor.flush import Tally

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """Counts since the start of the process; those that must survive it stand in the fences.

    Args:
        orphan_after_s: a prediction alone for longer was an orphan, and its partner is late.

    Attributes:
        progress: grows with everything that was applied.
        in_hand: records that are being applied.
        postgres_away: why PostgreSQL is not used right now, None when all is well.
        assigned: whether the group has given this process its partitions at least once.
    """

    def __init__(self, orphan_after_s: float) -> None:
        self._orphan_after_us = orphan_after_s * 1_000_000
        self.progress = 0
        self.in_hand = 0
        self.postgres_away: str | None = None
        self.assigned = False
        self.registry = CollectorRegistry()
        self._make()

    def _make(self) -> None:
        registry = self.registry
        self._records = Counter(
            "umbra_monitor_records", "Prediction records, by what became of them.", ["as"], registry=registry
        )
        self._pairs = Counter("umbra_monitor_pairs", "Pairs found.", ["outcome"], registry=registry)
        self._late = Counter(
            "umbra_monitor_late_partners", "Pairs complete only when one was an orphan.", registry=registry
        )
        self._healed = Counter("umbra_monitor_healed", "Pairs the sweeper found.", registry=registry)
        self._retries = Counter("umbra_monitor_retries", "Flushes done again.", registry=registry)
        self._batch = Histogram("umbra_monitor_batch", "Records.", buckets=_RECORDS, registry=registry)
        self._flush = Histogram(
            "umbra_monitor_flush_seconds", "A batch.", buckets=_SECONDS, registry=registry
        )
        self._lag = Gauge("umbra_monitor_lag", "Records to apply.", ["topic", "partition"], registry=registry)

    def applied(self, tally: Tally, seconds: float) -> None:
        """A part of a batch is in PostgreSQL."""
        counts = {
            "applied": tally.applied,
            "redelivered": tally.redelivered,
            "duplicate": tally.duplicates,
            "too_late": tally.too_late,
            "dead_letter": tally.dead_letters,
        }
        for name, count in counts.items():
            self._records.labels(name).inc(count)
        for outcome, count in tally.pairs.items():
            self._pairs.labels(outcome).inc(count)
        self._late.inc(sum(age_us > self._orphan_after_us for age_us in tally.pair_ages_us))
        self._batch.observe(sum(counts.values()))
        self._flush.observe(seconds)
        self.postgres_away = None
        self.progress += 1

    def retried(self, reason: str) -> None:
        """PostgreSQL is away; the batch is kept."""
        self._retries.inc()
        self.postgres_away = reason

    def healed(self, pairs: int) -> None:
        """The sweeper paired what was complete."""
        self._healed.inc(pairs)

    def lags(self, lag: dict[tuple[str, int], int]) -> None:
        """The lag of every partition this process has; those it lost are forgotten."""
        self._lag.clear()
        for (topic, partition), records in lag.items():
            self._lag.labels(topic, str(partition)).set(records)

    def unready(self) -> str | None:
        """Why the monitor is not ready, None when it is."""
        if self.postgres_away:
            return self.postgres_away
        return None if self.assigned else "The group has not given out its partitions yet."


class Stopwatch:
    """Seconds since it was made, or since it was last read."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def lap(self) -> float:
        """Read it and start again."""
        before, self._since = self._since, time.monotonic()
        return self._since - before
