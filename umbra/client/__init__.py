"""The Python client of the API and of ingest."""

from umbra.client.client import Client
from umbra.client.deployment import Deployment, RevisionFailed
from umbra.client.errors import NotAllowed, UmbraApiError, Unreachable

__all__ = ["Client", "Deployment", "NotAllowed", "RevisionFailed", "UmbraApiError", "Unreachable"]
