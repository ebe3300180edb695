"""What the monitor can be told."""

from umbra.settings import KafkaSettings, MetricsSettings, MonitorSettings, PostgresSettings


class Settings(KafkaSettings, PostgresSettings, MonitorSettings, MetricsSettings):
    """The monitor's settings."""
