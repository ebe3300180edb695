"""What the checker counts."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """Of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.checks = Counter(
            "umbra_model_checks",
            "Model files checked, by what came of it: ready, or the code of the first refusal.",
            ["outcome"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "umbra_model_check_seconds",
            "How long a check took.",
            buckets=(0.5, 1, 2, 5, 10, 20, 40, 60, 120),
            registry=self.registry,
        )
