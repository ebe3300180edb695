"""`umbra.Client`: everything the API can do, typed."""

from collections.abc import Iterator

from umbra.client.deployment import Deployment
from umbra.client.deployments import Deployments
from umbra.client.events import listen
from umbra.client.models import Models
from umbra.client.transport import Transport, path
from umbra.client.workers import list_workers
from umbra.contracts.http.event import Event
from umbra.contracts.http.worker import WorkerEntry

API_URL = "http://127.0.0.1:8080"
INGEST_URL = "http://127.0.0.1:8081"


class Client:
    """A client of one installation; thread-safe; close it, or use it with `with`.

    Args:
        url: of the API.
        ingest_url: of ingest, for `send`.
        token: shown to both, where they ask for one.

    Example:
        >>> client = umbra.Client("http://127.0.0.1:8080")
        >>> client.deployment("digits").set_shadow_model("digits-large@1")

    Every method raises `client.errors.UmbraApiError` when the service refuses, with what to do, and
    `Unreachable` when nobody answers.
    """

    def __init__(
        self, url: str = API_URL, ingest_url: str | None = None, *, token: str | None = None
    ) -> None:
        self._api = Transport(url, "The API", token)
        self._ingest = Transport(ingest_url or INGEST_URL, "Ingest", token)
        self.models = Models(self._api)
        self.deployments = Deployments(self._api, self._ingest)

    def deployment(self, id: str) -> Deployment:
        """A deployment by its id, which is not looked up yet."""
        return self.deployments[id]

    def workers(self) -> list[WorkerEntry]:
        """Who runs what."""
        return list_workers(self._api)

    def events(self, after: str | None = None) -> Iterator[Event]:
        """What changes, as it changes; `after` the `id` heard last, or first how things stand."""
        return listen(self._api, path("events"), after)

    def close(self) -> None:
        """Let go of the connections."""
        self._api.close()
        self._ingest.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
