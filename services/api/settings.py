"""The settings of the API."""

from umbra.control.relay import RelaySettings
from umbra.settings import HttpSettings, StoreSettings


class ApiSettings(RelaySettings, StoreSettings, HttpSettings):
    """Everything the API reads from its environment."""
