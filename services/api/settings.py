"""The settings of the API."""

from umbra.control.relay import RelaySettings
from umbra.settings import CheckedSettings, HttpSettings, ModelSettings, OrphanSettings, StoreSettings


class ApiSettings(RelaySettings, StoreSettings, ModelSettings, CheckedSettings, HttpSettings, OrphanSettings):
    """Everything the API reads from its environment."""
