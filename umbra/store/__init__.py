"""The store of models and large images: the only home of fsspec."""

from umbra.store.claim_check import ClaimChecks
from umbra.store.store import Store, StoredImage

__all__ = ["ClaimChecks", "Store", "StoredImage"]
