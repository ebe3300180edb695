"""The settings of the API."""

from umbra.control.relay import RelaySettings
from umbra.settings import HttpSettings, OrphanSettings, StoreSettings


class ApiSettings(RelaySettings, StoreSettings, HttpSettings, OrphanSettings):
    """Everything the API reads from its environment."""
