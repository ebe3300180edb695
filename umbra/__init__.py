"""Umbra: shadow deployments of vision models on Kafka."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from umbra.client import Client

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    # Imported when it is used: a worker needs no HTTP client.
    if name == "Client":
        return importlib.import_module("umbra.client").Client
    raise AttributeError(f"module 'umbra' has no attribute {name!r}")
