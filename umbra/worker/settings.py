"""What every worker is told, whatever its slot."""

from umbra.settings import KafkaSettings, LandingSettings, MetricsSettings, StoreSettings, WorkerSettings


class Settings(KafkaSettings, StoreSettings, LandingSettings, WorkerSettings, MetricsSettings):
    """The blocks a worker needs."""
