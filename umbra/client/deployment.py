"""One deployment, from the client's side."""

import time
from collections.abc import Iterator
from typing import Any

from umbra.client.changes import Changes
from umbra.client.events import listen
from umbra.client.replays import Replays
from umbra.client.reviews import Reviews
from umbra.client.transport import Transport, path
from umbra.contracts.http.comparison import Comparisons
from umbra.contracts.http.deployment import Deployment as Shown
from umbra.contracts.http.evaluation import Evaluation
from umbra.contracts.http.event import Event
from umbra.contracts.http.image import Images, PredictedAsset
from umbra.contracts.http.landed import Landed
from umbra.contracts.http.metrics import Metrics
from umbra.contracts.http.revision import DryRun, RevisionEntry, Revisions
from umbra.core.errors import TimedOut, UmbraError

_LOOK_EVERY_S = 0.1


class RevisionFailed(UmbraError):
    """The revision was given up; nothing has changed."""


class Deployment(Changes[RevisionEntry]):
    """`client.deployment("digits")`; asks nothing before a method is called.

    Attributes:
        dry_run: has every change as a method too, and only says what would come of it.
        replays: of ModelVersions over images that are still in the log.
        reviews: what people say is in its images.
    """

    def __init__(self, id: str, api: Transport, ingest: Transport) -> None:
        super().__init__(id, api, RevisionEntry)
        self.dry_run = Changes(id, api, DryRun, dry_run="true")
        self.replays = Replays(id, api)
        self.reviews = Reviews(id, api)
        self._ingest = ingest

    def show(self) -> Shown:
        """What is in force, and what is being prepared."""
        return self._api.json(Shown, "GET", self._path())

    def revisions(self) -> list[RevisionEntry]:
        """Its history, newest first."""
        return self._api.json(Revisions, "GET", self._path("revisions")).items

    def revision(self, revision: int) -> RevisionEntry:
        """One revision: its steps, its workers, where it begins."""
        return self._api.json(RevisionEntry, "GET", self._path("revisions", revision))

    def wait_active(self, revision: int, timeout_s: float = 60.0) -> RevisionEntry:
        """The revision once it is in force.

        Raises:
            RevisionFailed: it was given up.
            TimedOut: it was still staged after `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while (entry := self.revision(revision)).state == "staged":
            if time.monotonic() > deadline:
                waiting_for = ", ".join(entry.waiting_for) or "the relay"
                raise TimedOut(f"{self.id}@{revision} waits for {waiting_for} after {timeout_s:g} s.")
            time.sleep(_LOOK_EVERY_S)
        if entry.state == "failed":
            raise RevisionFailed(f"{self.id}@{revision} failed: {entry.failure} Nothing has changed.")
        return entry

    def metrics(self, window: str = "15m", step: str | None = None) -> Metrics:
        """What each slot did; `window` like 30s, 15m, 24h."""
        return self._api.json(Metrics, "GET", self._path("metrics"), params=_given(window=window, step=step))

    def comparisons(
        self, window: str = "15m", step: str | None = None, slot: str | None = None
    ) -> Comparisons:
        """Champion beside each shadow, newest assignment first.

        Args:
            slot: this shadow slot alone; that of a replay is shown only so.
        """
        params = _given(window=window, step=step, slot=slot)
        return self._api.json(Comparisons, "GET", self._path("comparisons"), params=params)

    def evaluation(self, window: str = "24h", slot: str | None = None, *, curves: bool = False) -> Evaluation:
        """Every ModelVersion against the reviews of a window, champion beside shadow on the same images.

        Args:
            slot: the champion and this shadow slot alone.
            curves: with the precision-recall curve of each label.
        """
        params = _given(window=window, slot=slot, curves="true" if curves else None)
        return self._api.json(Evaluation, "GET", self._path("evaluation"), params=params)

    def images(self, limit: int = 60, cursor: str | None = None, **filters: Any) -> Images:
        """PredictedAssets, newest first.

        Args:
            cursor: `next` of the page before.
            filters: label, score_min, score_max, comparison, status, revision, version, id (a prefix),
                source, tag, from, to; a list of values means any of them.
        """
        params = _given(limit=limit, cursor=cursor, **filters)
        return self._api.json(Images, "GET", self._path("images"), params=params)

    def image(self, image_id: str, at: str | None = None) -> PredictedAsset:
        """The newest landing of an image id, or the one at `<partition>-<offset>`."""
        params = _given(at=at)
        return self._api.json(PredictedAsset, "GET", self._path("images", image_id), params=params)

    def content(self, image_id: str, at: str | None = None) -> bytes:
        """The encoded image itself, while it is kept."""
        return self._api.bytes("GET", self._path("images", image_id, "content"), params=_given(at=at))

    def events(self, after: str | None = None) -> Iterator[Event]:
        """What changes in it and of the workers; `after` the `id` heard last, or first how things stand."""
        return listen(self._api, self._path("events"), after)

    def send(
        self, image: bytes, image_id: str | None = None, content_type: str = "application/octet-stream"
    ) -> Landed:
        """Send one encoded image; where it landed, once the brokers have it."""
        headers = {"Content-Type": content_type}
        if image_id is not None:
            headers["X-Image-Id"] = path(image_id).removeprefix("/v1/")
        return self._ingest.json(Landed, "POST", self._path("images"), content=image, headers=headers)


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}
