"""The settings of ingest."""

from umbra.settings import (
    DiskSettings,
    HttpSettings,
    KafkaSettings,
    PixelSettings,
    StoreSettings,
    UploadSettings,
)


class IngestSettings(KafkaSettings, StoreSettings, PixelSettings, HttpSettings, DiskSettings, UploadSettings):
    """Everything ingest reads from its environment."""
