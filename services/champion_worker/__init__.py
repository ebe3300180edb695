"""The worker whose predictions count: `umbra.worker` in the slot `champion`."""
