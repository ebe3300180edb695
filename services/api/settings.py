"""The settings of the API."""

from umbra.control.relay import RelaySettings
from umbra.settings import (
    CheckedSettings,
    EventSettings,
    HttpSettings,
    ModelSettings,
    OrphanSettings,
    StoreSettings,
)


class ApiSettings(
    RelaySettings,
    StoreSettings,
    ModelSettings,
    CheckedSettings,
    HttpSettings,
    OrphanSettings,
    EventSettings,
):
    """Everything the API reads from its environment."""
