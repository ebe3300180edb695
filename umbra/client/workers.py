"""Workers, from the client's side."""

from umbra.client.transport import Transport, path
from umbra.contracts.http.worker import WorkerEntry, Workers


def list_workers(api: Transport) -> list[WorkerEntry]:
    """Every worker as it last reported, by slot and name."""
    return api.json(Workers, "GET", path("workers")).items
